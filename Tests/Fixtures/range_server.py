"""A web server for the tests of downloads: serves a folder as a model hub does, with the faults asked for.

usage: range_server.py FOLDER        prints the port on the first line of standard output, ends with standard input

The first part of a path selects the behaviour, words joined by '+':
  plain      ranges and entity tags are honoured
  norange    Range is ignored
  cut        the connection of each file's first answer breaks after half of the bytes sent
  stingy     each answer breaks after 100 bytes
  linked     answers with a redirect that carries the SHA-256 as X-Linked-Etag
  badlinked  the same with a wrong digest
  untagged   no entity tag and no date
  retag      a different entity tag for each answer
  shifted    a partial answer begins one byte late
  refused    403 for everything
/requests shows what has been asked for: path, Range and status, a line each.
"""
import hashlib
import http.server
import os
import sys
import threading

root = os.path.abspath(sys.argv[1])
requests, answered = [], {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def answer(self, status, headers=(), body=b"", stop_after=None):
        requests.append(f"{self.path} {self.headers.get('Range', '-')} {status}")
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if stop_after is None:
            self.wfile.write(body)
        else:
            self.wfile.write(body[:stop_after])
            self.wfile.flush()
            self.close_connection = True

    def do_GET(self):
        if self.path == "/requests":
            return self.answer(200, body="\n".join(requests).encode())
        _, mode, *rest = self.path.split("/")
        modes = set(mode.split("+"))
        path = os.path.normpath(os.path.join(root, "/".join(rest)))
        if "refused" in modes:
            return self.answer(403)
        if not path.startswith(root + "/") or not os.path.isfile(path):
            return self.answer(404, body=b"no such file")
        with open(path, "rb") as file:
            content = file.read()
        digest = hashlib.sha256(content).hexdigest()
        if modes & {"linked", "badlinked"}:
            tag = digest if "linked" in modes else "0" * 64
            others = "+".join(modes - {"linked", "badlinked"}) or "plain"
            location = "/".join(["", others, *rest])
            return self.answer(302, [("Location", location), ("X-Linked-Etag", f'"{tag}"')], b"moved")
        self.serve(modes, content, digest)

    def serve(self, modes, content, digest):
        count = answered[self.path] = answered.get(self.path, 0) + 1
        tag = f'"{digest[:16]}{count if "retag" in modes else ""}"'
        headers = [] if "untagged" in modes else [("ETag", tag)]
        asked = self.headers.get("Range")
        first = 0
        if asked and "norange" not in modes and self.headers.get("If-Range", tag) == tag:
            first = int(asked.removeprefix("bytes=").removesuffix("-"))
            if first >= len(content):
                return self.answer(416, [*headers, ("Content-Range", f"bytes */{len(content)}")])
            first += "shifted" in modes
        body = content[first:]
        stop_after = None
        if "cut" in modes and count == 1:
            stop_after = len(body) // 2
        if "stingy" in modes and len(body) > 100:
            stop_after = 100
        if first:
            headers.append(("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}"))
        self.answer(206 if first else 200, headers, body, stop_after)


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
