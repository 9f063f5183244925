"""A WebSocket client of few words for tests, straight from RFC 6455: handshake, masked frames out, frames in.

    with WebSocket(port, "/prod?name=ann") as client:
        client.say('{"action": "x"}')
        client.hear()            # the next message's text; raises Closed with code and reason
"""
import base64
import os
import socket
import struct


class Refused(Exception):
    def __init__(self, status, head, body):
        super().__init__(f"{status} {body}")
        self.status, self.head, self.body = status, head, body


class Closed(Exception):
    def __init__(self, code, reason=""):
        super().__init__(f"{code} {reason}")
        self.code, self.reason = code, reason


class WebSocket:
    def __init__(self, port, target="/", headers=None, host=None, timeout=20):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        lines = {"Host": host or f"localhost:{port}", "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
                 "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(), **(headers or {})}
        self.socket.sendall((f"GET {target} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n").encode())
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        self.head = head.decode()
        status = int(self.head.split(" ", 2)[1])
        if status != 101:
            length = next((int(line.split(":")[1]) for line in self.head.split("\r\n") if line.lower().startswith("content-length:")), 0)
            while len(self.buffer) < length:
                self._more()
            self.socket.close()
            raise Refused(status, self.head, self.buffer[:length].decode())

    def _more(self):
        got = self.socket.recv(65536)
        if not got:
            raise Closed(1006)
        self.buffer += got

    def _take(self, count):
        while len(self.buffer) < count:
            self._more()
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def send_frame(self, opcode, payload=b"", fin=True):
        size, mask = len(payload), os.urandom(4)
        length = struct.pack("!B", 0x80 | size) if size < 126 else struct.pack("!BH", 0xFE, size) if size < 65536 else struct.pack("!BQ", 0xFF, size)
        key = (mask * (size // 4 + 1))[:size]
        masked = (int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")).to_bytes(size, "big")
        self.socket.sendall(bytes([(0x80 if fin else 0) | opcode]) + length + mask + masked)

    def say(self, text):
        pieces = [text.encode()[at:at + 32768] for at in range(0, len(text.encode()), 32768)] or [b""]
        for i, piece in enumerate(pieces):
            self.send_frame(0 if i else 1, piece, i == len(pieces) - 1)

    def frame(self):
        first, second = self._take(2)
        size = second & 0x7F
        if size == 126:
            size, = struct.unpack("!H", self._take(2))
        elif size == 127:
            size, = struct.unpack("!Q", self._take(8))
        return first, self._take(size)

    def hear(self):
        message = b""
        while True:
            first, payload = self.frame()
            if first == 0x88:
                code, = struct.unpack("!H", payload[:2]) if payload else (1005,)
                raise Closed(code, payload[2:].decode())
            if first & 0x0F < 3:
                message += payload
                if first & 0x80:
                    return message.decode()

    def close(self, code=None, reason=""):
        self.send_frame(8, b"" if code is None else struct.pack("!H", code) + reason.encode())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
