"""Uploads in parts, and what is built on them. Guide, 7.9 to 7.12 and 8.11."""
import os

from obs import CompleteMultipartUploadRequest, CompletePart, GetObjectHeader, ListMultipartUploadsRequest, SseCHeader, UploadFileHeader

from objects import ODD

PART = 100 * 1024
KEY = ODD + "mp"


def run(s):
    by_hand(s)
    encrypted(s)
    resumable(s)
    folders(s)


def by_hand(s):
    started = s.check("initiateMultipartUpload", s.bucket, KEY, metadata={"mp": "1"}, contentType="text/mp", want=lambda r: r.body.uploadId and r.body.bucketName == s.bucket)
    upload = started.body.uploadId
    other = s.check("initiateMultipartUpload", s.bucket, KEY + "url", encoding_type="url", want=lambda r: r.body.objectKey == KEY + "url").body.uploadId

    def parts_of(r):
        return [part.partNumber for part in r.body.parts]

    def keys(r):
        return [(one.key, one.uploadId) for one in r.body.upload]

    s.check("listMultipartUploads", s.bucket, ListMultipartUploadsRequest(prefix="dir/"), encoding_type="url", want=lambda r: keys(r) == [(KEY, upload), (KEY + "url", other)])
    page = s.check("listMultipartUploads", s.bucket, ListMultipartUploadsRequest(max_uploads=1), encoding_type="url", want=lambda r: r.body.isTruncated and keys(r) == [(KEY, upload)])
    following = ListMultipartUploadsRequest(key_marker=page.body.nextKeyMarker, upload_id_marker=page.body.nextUploadIdMarker)
    s.check("listMultipartUploads", s.bucket, following, encoding_type="url", want=lambda r: keys(r) == [(KEY + "url", other)])
    # Quirk: the member is misspelt
    s.check("listMultipartUploads", s.bucket, ListMultipartUploadsRequest(delimiter="/"), want=lambda r: [one.prefix for one in r.body.commonPrefixs] == ["dir/"])

    etags = []
    for number in (1, 2):
        piece = s.check("uploadPart", s.bucket, KEY, number, upload, s.big_file, isFile=True, partSize=PART, offset=(number - 1) * PART, isAttachMd5=True, isAttachCrc64=True)
        etags.append(piece.body.etag)
    s.check("uploadPart", s.bucket, KEY, 0, upload, "x", status=400)
    copied = s.check("copyPart", s.bucket, KEY, 3, upload, "%s/file.bin" % s.bucket, "%d-%d" % (2 * PART, 3 * PART - 1), want=lambda r: bool(r.body.etag))
    etags.append(copied.body.etag)
    # Quirk: maxParts is lost in the result
    s.check("listParts", s.bucket, KEY, upload, maxParts=2, want=lambda r: parts_of(r) == [1, 2] and r.body.isTruncated and r.body.nextPartNumberMarker == 2)
    s.check("listParts", s.bucket, KEY, upload, partNumberMarker=2, want=lambda r: parts_of(r) == [3] and r.body.parts[0].size == PART and not r.body.isTruncated)

    parts = CompleteMultipartUploadRequest([CompletePart(n + 1, etag) for n, etag in enumerate(etags)])
    s.check("completeMultipartUpload", s.bucket, KEY, upload, CompleteMultipartUploadRequest([CompletePart(1, '"wrong"')]), status=400, code="InvalidPart")
    s.check("completeMultipartUpload", s.bucket, KEY, upload, parts, want=lambda r: r.body.etag.endswith('-3"') and r.body.key == KEY)
    s.check("getObject", s.bucket, KEY, loadStreamInMemory=True, want=lambda r: r.body.buffer == s.big and dict(r.header)["mp"] == "1")
    s.check("abortMultipartUpload", s.bucket, KEY + "url", other)
    s.check("abortMultipartUpload", s.bucket, KEY + "url", other, status=404, code="NoSuchUpload")
    s.check("uploadPart", s.bucket, KEY + "url", 1, other, "x", status=404, code="NoSuchUpload")
    s.check("listMultipartUploads", s.bucket, want=lambda r: not r.body.upload)


def encrypted(s):
    key = SseCHeader(encryption="AES256", key="0123456789abcdef0123456789abcdef")
    upload = s.client.initiateMultipartUpload(s.bucket, "sse-parts", sseHeader=key).body.uploadId
    s.check("uploadPart", s.bucket, "sse-parts", 1, upload, "without the key", status=400)
    part = s.check("uploadPart", s.bucket, "sse-parts", 1, upload, "with the key", sseHeader=key)
    s.check("completeMultipartUpload", s.bucket, "sse-parts", upload, CompleteMultipartUploadRequest([CompletePart(1, part.body.etag)]))
    s.check("getObject", s.bucket, "sse-parts", headers=GetObjectHeader(sseHeader=key), loadStreamInMemory=True, want=lambda r: r.body.buffer == b"with the key")


def resumable(s):
    ticks = []
    s.check("uploadFile", s.bucket, "resumable", s.big_file, partSize=PART, taskNum=3, enableCheckpoint=True, checkSum=True, isAttachCrc64=True,
            metadata={"kept": "yes"}, headers=UploadFileHeader(contentType="text/r"), progressCallback=lambda *tick: ticks.append(tick),
            want=lambda r: ticks[-1][0] == len(s.big))
    s.check("getObjectMetadata", s.bucket, "resumable", want=lambda r: r.body.contentType == "text/r" and dict(r.header)["kept"] == "yes")
    s.check("downloadFile", s.bucket, "resumable", s.file("resumed"), partSize=PART, taskNum=3, enableCheckpoint=True, want=lambda r: s.read("resumed") == s.big)
    s.check("uploadFile", s.bucket, "nothing", s.file("nothing", b""), want=lambda r: r.status == 200)
    s.check("downloadFile", s.bucket, "nothing", s.file("none"), want=lambda r: s.read("none") == b"")
    task = s.client.uploadFileAsync(s.bucket, "resumable", s.big_file, partSize=PART, taskNum=2)
    s.record("uploadFileAsync", task.wait_for_completion)


def folders(s):
    for name in ("a", "b/c"):
        s.client.putContent(s.target, "tree/" + name, name)
    folder = s.file("tree")
    os.makedirs(folder)

    def same(state):
        return state.failed_tasks == 0 and s.read("tree/a") == b"a" and s.read("tree/b/c") == b"b/c"

    def download():
        state = s.client.downloadFiles(s.target, "tree/", folder)
        state.status = 200
        return state

    s.record("downloadFiles", download, same)
    # Quirk: misspelt, and it answers with lists, not with a result
    deleted, errors = s.client.deletePosixFloder(s.target, "tree/")
    s.check("listObjects", s.target, prefix="tree/", want=lambda r: not r.body.contents and len(deleted) >= 2 and not errors)
