"""The least of the WebSocket protocol that a measurement needs: text frames over asyncio streams."""
import asyncio
import base64
import hashlib
import os
import ssl
import struct

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Closed(Exception):
    """The other side has ended the connection."""


class WebSocket:
    def __init__(self, reader, writer, client):
        self.reader, self.writer, self.client = reader, writer, client

    def send(self, text):
        data = text.encode()
        size = len(data)
        mask_bit = 0x80 if self.client else 0
        if size < 126:
            head = struct.pack("!BB", 0x81, mask_bit | size)
        elif size < 65536:
            head = struct.pack("!BBH", 0x81, mask_bit | 126, size)
        else:
            head = struct.pack("!BBQ", 0x81, mask_bit | 127, size)
        # A mask of zeroes is a mask, and costs nothing to apply.
        self.writer.write(head + (b"\0\0\0\0" if self.client else b"") + data)

    async def receive(self):
        """The next text; pings are answered, what else there is is passed over."""
        while True:
            opcode, data = await self._frame()
            if opcode == 1:
                return data.decode()
            if opcode == 8:
                raise Closed(data[2:].decode(errors="replace"))
            if opcode == 9:
                self.writer.write(struct.pack("!BB", 0x8A, (0x80 if self.client else 0) | len(data)) + (b"\0\0\0\0" if self.client else b"") + data)

    async def _frame(self):
        try:
            first, second = await self.reader.readexactly(2)
            size = second & 0x7F
            if size == 126:
                (size,) = struct.unpack("!H", await self.reader.readexactly(2))
            elif size == 127:
                (size,) = struct.unpack("!Q", await self.reader.readexactly(8))
            mask = await self.reader.readexactly(4) if second & 0x80 else None
            data = await self.reader.readexactly(size)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise Closed(str(error)) from error
        if mask and any(mask):
            long = (mask * (size // 4 + 1))[:size]
            data = (int.from_bytes(data, "big") ^ int.from_bytes(long, "big")).to_bytes(size, "big")
        return first & 0x0F, data

    def close(self):
        self.writer.close()


async def accept(reader, writer):
    """The server's side of the handshake."""
    head = await reader.readuntil(b"\r\n\r\n")
    key = next(line.split(b":", 1)[1].strip() for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key:"))
    answer = base64.b64encode(hashlib.sha1(key + MAGIC).digest()).decode()
    writer.write(f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {answer}\r\n\r\n".encode())
    return WebSocket(reader, writer, client=False)


def trusting():
    """TLS to a certificate that was made a moment ago, on this machine."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


async def connect(port, origin, context):
    """The client's side of the handshake, as a browser would do it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, limit=1 << 22)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        f"GET / HTTP/1.1\r\nHost: localhost:{port}\r\nOrigin: {origin}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode()
    )
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 101 " not in head.split(b"\r\n", 1)[0]:
        raise Closed(head.split(b"\r\n", 1)[0].decode())
    return WebSocket(reader, writer, client=True)
