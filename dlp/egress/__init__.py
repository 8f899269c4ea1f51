"""Ways to bring a network's traffic to the proxy: a PAC file for clients that can be told, firewall rules for those that can't."""
