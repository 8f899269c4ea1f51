"""Several proxy processes on one port of one machine.

    supervisor.Supervisor   starts them, replaces those that die or hang, stops and renews them; accepts connections and deals them out
    process.Process         one of them as the supervisor sees it
    link                    what is said between the two, and how a connection is handed over
    pages.Pages             metrics and health of all as one
    listening               the sockets that clients connect to

The supervisor accepts a connection and hands the socket itself to the process with the fewest (`SCM_RIGHTS`): no byte of it passes here, and
the process sees the client's own address, and where a packet filter redirected it from. It keeps its own handle until the process says that
it has taken the connection over, so that nothing is lost when a process ends in between. It reads no content, holds no key and loads neither
mitmproxy nor detection; should it die, the processes let answers come to their end and stop.
"""
