"""What all areas share: the client under one mode, the checks and their record."""
import hashlib
import json
import os
import shutil
import socket
import tempfile
import traceback
import urllib.error
import urllib.request

from obs import ObsClient, convertor

# Where names under `localhost`, and the domain that is bound to a bucket, are found
resolve = socket.getaddrinfo


def loopback(name, *args, **kwargs):
    text = name.decode() if isinstance(name, bytes) else str(name)
    local = text.endswith("localhost") or text.endswith("example.com")
    return resolve("127.0.0.1" if local else name, *args, **kwargs)


socket.getaddrinfo = loopback


def md5(data):
    return '"%s"' % hashlib.md5(data).hexdigest()


def plain(value):
    """A result as dictionaries and lists, without what is not set."""
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        members = value
    elif hasattr(value, "__dict__"):
        members = vars(value)
    else:
        return value
    return {name: plain(member) for name, member in members.items() if member is not None and member != []}


class Wrong(Exception):
    """An answer that is not what it should be."""


def holds(read, sent, path="it"):
    """True if all that was sent is in what was read; else an error tells the first thing that is not."""
    if isinstance(sent, dict) and isinstance(read, dict):
        return all(holds(read.get(name), member, "%s.%s" % (path, name)) for name, member in sent.items())
    if isinstance(sent, list) and isinstance(read, list) and len(read) == len(sent):
        return all(holds(*pair, path="%s[%d]" % (path, n)) for n, pair in enumerate(zip(read, sent)))
    if isinstance(sent, (dict, list)) or str(read) != str(sent):
        raise Wrong("%s: sent %r, read %r" % (path, sent, read))
    return True


class Reply:
    """An answer that came without the SDK."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body
        self.errorCode, self.errorMessage, self.header = None, body if status >= 300 else None, headers


class Session:
    def __init__(self, signature, style):
        self.signature, self.style = signature, style
        self.host, port = os.environ["EMULATOR"].rsplit(":", 1)
        self.port = int(port)
        self.path_style = style == "path"
        self.obs = signature == "obs"
        self.prefix = "x-obs-" if self.obs else "x-amz-"
        self.access_key, self.secret_key = os.environ["OBS_ACCESS_KEY_ID"], os.environ["OBS_SECRET_ACCESS_KEY"]
        self.client = self.make_client()
        name = "esdk-%s-%s" % (signature, style)
        self.bucket, self.target = name, name + "-target"
        self.scratch = tempfile.mkdtemp()
        self.big = os.urandom(300 * 1024)
        self.big_file = self.file("big.bin", self.big)

    def close(self):
        self.client.close()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def make_client(self, access_key=None, secret_key=None, server=None, **settings):
        values = dict(
            signature=self.signature, path_style=self.path_style, region="region-1", is_secure=False,
            max_retry_count=0, timeout=10, is_signature_negotiation=False, long_conn_mode=True,
        )
        values.update(settings)
        client = ObsClient(
            access_key_id=self.access_key if access_key is None else access_key,
            secret_access_key=self.secret_key if secret_key is None else secret_key,
            server=server or "http://%s:%d" % (self.host, self.port), **values
        )
        # Quirk: a client with path style or custom domain is switched from obs to v2 silently; this takes it back.
        if client.signature != values["signature"]:
            client.signature = client.thread_local.signature = values["signature"]
            client.ha = convertor.Adapter(client.signature)
            client.convertor = convertor.Convertor(client.signature, client.ha)
        return client

    def file(self, name, data=None):
        """The path of a scratch file, which is written if there are data."""
        path = os.path.join(self.scratch, name)
        if data is not None:
            with open(path, "wb") as file:
                file.write(data)
        return path

    def read(self, name):
        with open(self.file(name), "rb") as file:
            return file.read()

    def check(self, operation, *args, want=None, status=None, code=None, by=None, **kwargs):
        """Performs an operation of the client (or of `by`, such as a client of another kind) and takes down how it went.

        `want(result)`: true if the answer is right. `status`, `code`: what it must
        give where it must fail.
        """
        call = by if callable(by) else getattr(by or self.client, operation)
        return self.record(operation, lambda: call(*args, **kwargs), want, status, code)

    def record(self, operation, call, want=None, status=None, code=None):
        result, problem = None, None
        try:
            result = call()
            problem = self.judge(result, want, status, code)
        except Wrong as wrong:
            problem = str(wrong)
        except Exception:
            problem = traceback.format_exc(limit=-3)
        line = {"operation": operation, "problem": problem}
        print(json.dumps(line, default=str), flush=True)
        return result

    @staticmethod
    def judge(result, want, status, code):
        if status is not None and result.status != status or status is None and result.status >= 300:
            return "%s %s: %s" % (result.status, result.errorCode, result.errorMessage)
        if code is not None and result.errorCode != code:
            return "code %s instead of %s" % (result.errorCode, code)
        if want is None or want(result):
            return None
        return "wrong answer: %s %s" % (plain(result.body), result.header)

    def round_trip(self, name, document, read, *args, missing=None, delete=True, put="set", **kwargs):
        """Writes a bucket document, reads back what was sent, deletes it, and misses it. `read(result)`: the document as it was sent."""
        self.check(put + name, self.bucket, document, *args, **kwargs)
        self.check("get" + name, self.bucket, want=lambda r: holds(plain(read(r)), plain(document)))
        if delete:
            self.check("delete" + name, self.bucket)
        if missing:
            self.check("get" + name, self.bucket, status=404, code=missing)

    def fetch(self, method, url, data=None, headers=None):
        """A plain HTTP request, without the SDK."""
        request = urllib.request.Request(url, data=data, headers=headers or {}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return Reply(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            return Reply(error.code, error.headers, error.read())

    def url_of(self, bucket, key=""):
        if self.path_style:
            return "http://%s:%d/%s/%s" % (self.host, self.port, bucket, key)
        return "http://%s.%s:%d/%s" % (bucket, self.host, self.port, key)
