"""The mitmproxy side, the only package that imports mitmproxy.

The path of a request through it:

    addon.Addon.tls_clienthello  is the host a provider? else its TLS is not opened             gate
    addon.Addon.requestheaders   do SNI, CONNECT target and Host name one provider? who asks?   gate, caller
                                 what is known of the flow from now on, what headers decide     screening
    addon.Addon.request          policy, limits, engine.request.examine, often in a thread      examining
                                 what it says is put in place, and signed anew if it must be    rewriting
                                 or the provider's kind of refusal is                           refusing
                                 and it is written down                                         recording
    addon.Addon.call_messages    the same for messages of a gRPC call, as they come             calls
    addon.Addon.responseheaders  our headers; a stream gets its restorer                        answers, streams
    addon.Addon.response         a whole JSON body is restored                                  answers
    addon.Addon.unanswered       there is none: the client is told in the provider's words        unanswered, refusing
    addon.Addon.websocket_message  both of the above for one message                            websockets

mitmproxy goes on when a hook raises, and forwards the request as it is. Every hook here is therefore wrapped
(`guard.fail_closed`), and options that would take traffic past the hooks are refused (`guard.check_options`).
"""
