"""Sends events to a socket as another user, and prints the events that come back as lines of JSON.

Arguments: the user's number, the socket's path, the type of the last event to wait for ("error" always ends), then one
event a piece as JSON, with its data in the header. Must be started as root.
"""

import json
import os
import socket
import sys

user, path, last, *events = sys.argv[1:]
os.setgroups([])
os.setresgid(int(user), int(user), int(user))
os.setresuid(int(user), int(user), int(user))
connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
connection.settimeout(60)
connection.connect(path)
stream = connection.makefile("rb")
for event in events:
    try:
        connection.sendall(event.encode() + b"\n")
    except BrokenPipeError:
        pass  # turned away before it said anything: the answer is there
    while True:
        line = stream.readline()
        if not line:
            sys.exit()
        header = json.loads(line)
        data = json.loads(stream.read(header.get("data_length", 0)) or b"{}")
        stream.read(header.get("payload_length", 0))
        data.update(header.get("data", {}))
        print(json.dumps({"type": header["type"], "data": data}), flush=True)
        if header["type"] in ("error", last) or last == "any":
            break
