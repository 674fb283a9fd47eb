"""Signed URLs for every row of the guide's table in chapter 10, used by plain HTTP, and form uploads (7.13)."""
import base64
import hashlib
import re

from obs import CompletePart

from objects import ODD
from session import md5


def digest(data):
    return base64.b64encode(hashlib.md5(data).digest()).decode()


def use(s, row, method, want=None, status=None, data=None, client=None, **args):
    """Signs and performs a request. `row` only names it in a failure."""
    def call():
        signed = (client or s.client).createSignedUrl(method, expires=60, **args)
        headers = dict(signed.actualSignedRequestHeaders)
        # The host is that of the URL; a second Host header would be another request
        headers.pop("Host", None)
        if "Content-Type" not in headers and data is not None:
            # urllib sends one of its own, which is none that was signed
            headers["Content-Type"] = ""
        answer = s.fetch(method, signed.signedUrl, data, headers)
        answer.errorCode = row
        return answer

    return s.record("createSignedUrl", call, want, status)


def run(s):
    urls_of_buckets(s)
    urls_of_objects(s)
    refusals(s)
    forms(s)


def urls_of_buckets(s):
    bucket = s.bucket + "-signed"
    namespace = "http://obs.example.com/doc/2015-06-30/"

    def xml(root, inner):
        return ('<%s xmlns="%s">%s</%s>' % (root, namespace, inner, root)).encode()

    def has(text):
        return lambda r: text in r.body

    use(s, "PUT Bucket", "PUT", bucketName=bucket)
    use(s, "GET Buckets", "GET", has(bucket.encode()))
    use(s, "Obtain Bucket Metadata", "HEAD", bucketName=bucket)
    use(s, "PUT Object", "PUT", bucketName=bucket, objectKey="a b", data=b"x", headers={"Content-Type": "text/s"})
    use(s, "GET Objects", "GET", has(b"<Key>a b</Key>"), bucketName=bucket, queryParams={"prefix": "a ", "max-keys": "10"})
    use(s, "GET Object versions", "GET", has(b"ListVersionsResult"), bucketName=bucket, specialParam="versions", queryParams={"key-marker": "a"})
    use(s, "List Multipart uploads", "GET", has(b"ListMultipartUploadsResult"), bucketName=bucket, specialParam="uploads", queryParams={"max-uploads": "5"})
    use(s, "GET Bucket location", "GET", has(b"Location"), bucketName=bucket, specialParam="location")
    use(s, "GET Bucket storageinfo", "GET", has(b"<Size>1</Size>"), bucketName=bucket, specialParam="storageinfo")

    store = xml("StorageClass", "WARM") if s.obs else xml("StoragePolicy", "<DefaultStorageClass>STANDARD_IA</DefaultStorageClass>")
    status = xml("VersioningConfiguration", "<Status>Suspended</Status>")
    quota = xml("Quota", "<StorageQuota>9</StorageQuota>")
    off = xml("BucketLoggingStatus", "")
    none = xml("NotificationConfiguration", "")
    for name, document, seen in (
        ("quota", quota, b"<StorageQuota>9<"), ("storagePolicy", store, b"WARM" if s.obs else b"STANDARD_IA"), ("logging", off, b"BucketLoggingStatus"),
        ("versioning", status, b"Suspended"), ("notification", none, b"NotificationConfiguration"),
    ):
        use(s, "PUT Bucket " + name, "PUT", bucketName=bucket, specialParam=name, data=document)
        use(s, "GET Bucket " + name, "GET", has(seen), bucketName=bucket, specialParam=name)
    use(s, "PUT Bucket acl", "PUT", bucketName=bucket, specialParam="acl", headers={s.prefix + "acl": "public-read"})
    use(s, "GET Bucket acl", "GET", has(b"AccessControlPolicy"), bucketName=bucket, specialParam="acl")

    policy = ('{"Statement":[{"Effect":"Allow","Principal":{"ID":["*"]},"Action":["GetObject"],"Resource":["%s/*"]}]}' % bucket).encode()
    rule = "<Rule><ID>r</ID><Prefix>p</Prefix><Status>Enabled</Status><Expiration><Days>1</Days></Expiration></Rule>"
    for name, document in (
        ("policy", policy), ("lifecycle", xml("LifecycleConfiguration", rule)),
        ("website", xml("WebsiteConfiguration", "<IndexDocument><Suffix>i</Suffix></IndexDocument>")),
        ("cors", xml("CORSConfiguration", "<CORSRule><AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin></CORSRule>")),
        ("tagging", xml("Tagging", "<TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet>")),
    ):
        use(s, "PUT Bucket " + name, "PUT", bucketName=bucket, specialParam=name, data=document, headers={"Content-MD5": digest(document)})
        use(s, "GET Bucket " + name, "GET", lambda r: len(r.body) > 20, bucketName=bucket, specialParam=name)
        use(s, "DELETE Bucket " + name, "DELETE", bucketName=bucket, specialParam=name)
        use(s, "GET Bucket " + name, "GET", status=404, bucketName=bucket, specialParam=name)
    use(s, "DELETE Object", "DELETE", bucketName=bucket, objectKey="a b")
    listed = use(s, "GET Object versions", "GET", bucketName=bucket, specialParam="versions")
    for version in re.findall(rb"<VersionId>([^<]*)</VersionId>", listed.body):
        use(s, "DELETE Object", "DELETE", bucketName=bucket, objectKey="a b", queryParams={"versionId": version.decode()})
    use(s, "DELETE Bucket", "DELETE", bucketName=bucket)
    use(s, "Obtain Bucket Metadata", "HEAD", status=404, bucketName=bucket)


def urls_of_objects(s):
    on = dict(bucketName=s.bucket, objectKey="signed " + ODD)
    use(s, "PUT Object", "PUT", data=b"signed", headers={"Content-Type": "text/s", s.prefix + "meta-m": "1"}, **on)
    use(s, "GET Object", "GET", lambda r: r.body == b"signed" and r.headers["Content-Type"] == "text/s", **on)
    rewritten = {"response-content-type": "text/html; charset=utf-8", "response-content-disposition": 'attachment; filename="a b.html"'}
    use(s, "GET Object", "GET", lambda r: r.headers["Content-Disposition"] == rewritten["response-content-disposition"], queryParams=rewritten, **on)
    use(s, "Obtain Object Metadata", "HEAD", lambda r: r.headers[s.prefix + "meta-m"] == "1", **on)
    use(s, "PUT Object acl", "PUT", specialParam="acl", headers={s.prefix + "acl": "public-read"}, **on)
    use(s, "GET Object acl", "GET", lambda r: r.body.count(b"<Permission>") == 2, specialParam="acl", **on)
    copied = dict(bucketName=s.bucket, objectKey="signed copy")
    use(s, "PUT Object - Copy", "PUT", lambda r: b"CopyObjectResult" in r.body, headers={s.prefix + "copy-source": "/%s/file.bin" % s.bucket}, **copied)
    s.check("getObject", s.bucket, "signed copy", loadStreamInMemory=True, want=lambda r: r.body.buffer == s.big)
    log = dict(bucketName=s.bucket, objectKey="signed log")
    use(s, "Append Object", "POST", data=b"abc", specialParam="append", queryParams={"position": "0"}, **log)
    many = b"<Delete><Quiet>true</Quiet><Object><Key>signed log</Key></Object></Delete>"
    use(s, "DELETE Objects", "POST", data=many, bucketName=s.bucket, specialParam="delete", headers={"Content-MD5": digest(many)})
    use(s, "Obtain Object Metadata", "HEAD", status=404, **log)
    s.client.putContent(s.bucket, "signed cold", "ice", headers={"storageClass": "COLD"})
    days = b"<RestoreRequest><Days>1</Days></RestoreRequest>"
    use(s, "POST Object restore", "POST", data=days, bucketName=s.bucket, objectKey="signed cold", specialParam="restore", headers={"Content-MD5": digest(days)},
        status=202)

    answer = use(s, "Initiate Multipart Upload", "POST", lambda r: b"<UploadId>" in r.body, specialParam="uploads", **on)
    upload = re.search(rb"<UploadId>([^<]*)<", answer.body).group(1).decode()
    part = use(s, "PUT Part", "PUT", lambda r: r.headers["ETag"] == md5(b"part"), data=b"part", queryParams={"partNumber": "2", "uploadId": upload}, **on)
    source = {s.prefix + "copy-source": "/%s/file.bin" % s.bucket, s.prefix + "copy-source-range": "bytes=0-102399"}
    first = use(s, "PUT Part - Copy", "PUT", lambda r: b"CopyPartResult" in r.body, headers=source, queryParams={"partNumber": "1", "uploadId": upload}, **on)
    use(s, "List Parts", "GET", lambda r: b"<PartNumber>2<" in r.body and b"<PartNumber>1<" not in r.body, queryParams={"uploadId": upload, "part-number-marker": "1"}, **on)
    etags = (re.search(rb"<ETag>([^<]*)<", first.body).group(1).decode(), part.headers["ETag"])
    parts = [CompletePart(n + 1, etag) for n, etag in enumerate(etags)]
    inner = "".join("<Part><PartNumber>%d</PartNumber><ETag>%s</ETag></Part>" % (one.partNum, one.etag) for one in parts)
    whole = ("<CompleteMultipartUpload>%s</CompleteMultipartUpload>" % inner).encode()
    use(s, "Complete Multipart Upload", "POST", lambda r: b"CompleteMultipartUploadResult" in r.body, data=whole, queryParams={"uploadId": upload}, **on)
    use(s, "GET Object", "GET", lambda r: r.body == s.big[:102400] + b"part", **on)
    other = s.client.initiateMultipartUpload(s.bucket, "signed none").body.uploadId
    use(s, "DELETE Multipart upload", "DELETE", bucketName=s.bucket, objectKey="signed none", queryParams={"uploadId": other})


def refusals(s):
    def changed(change, method="GET", sent=None, data=None, **args):
        signed = s.client.createSignedUrl(method, s.bucket, "file.bin", **dict({"expires": 60}, **args))
        return lambda: s.fetch(method, change(signed.signedUrl), data, sent)

    def other_signature(url):
        return re.sub(r"(Signature=)(.)", lambda m: m.group(1) + ("b" if m.group(2) == "a" else "a"), url)

    s.record("createSignedUrl", changed(other_signature), status=403)
    s.record("createSignedUrl", changed(lambda url: url.replace("file.bin", "checked")), status=403)
    s.record("createSignedUrl", changed(lambda url: url + "&response-content-type=text/html"), status=403)
    s.record("createSignedUrl", changed(str, "PUT", {"Content-Type": "text/b"}, b"x", headers={"Content-Type": "text/a"}), status=403)
    s.record("createSignedUrl", changed(str, expires=-1000), status=403 if s.signature != "v4" else 400)


def forms(s):
    post(s, s.client)
    post(s, s.client, broken=True)


def post(s, client, access_key=None, token=None, broken=False):
    """Uploads a form as a browser does."""
    params = {"content-type": "text/form", s.prefix + "acl": "public-read"}
    form = client.createPostSignature(s.bucket, "form key", expires=60, formParams=params)
    fields = dict(params, key="form key", policy=form["policy"])
    if token:
        fields[s.prefix + "security-token"] = token
    if s.signature == "v4":
        fields.update({"x-amz-algorithm": form["algorithm"], "x-amz-credential": form["credential"], "x-amz-date": form["date"], "x-amz-signature": form["signature"]})
    else:
        fields.update({"signature": form["signature"], "AccessKeyId" if s.obs else "AWSAccessKeyId": access_key or s.access_key})
    if broken:
        fields["content-type"] = "text/other"
    boundary = "----boundary"
    text = "".join('--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (boundary, name, value) for name, value in fields.items())
    text += '--%s\r\nContent-Disposition: form-data; name="file"; filename="f.txt"\r\nContent-Type: text/plain\r\n\r\nform body\r\n--%s--\r\n' % (boundary, boundary)
    headers = {"Content-Type": "multipart/form-data; boundary=" + boundary}
    s.record("createPostSignature", lambda: s.fetch("POST", s.url_of(s.bucket), text.encode(), headers), None if broken else lambda r: r.status == 204, 400 if broken else None)
    if not broken:
        s.check("getObject", s.bucket, "form key", loadStreamInMemory=True, want=lambda r: r.body.buffer == b"form body" and r.body.contentType == "text/form")
        s.client.deleteObject(s.bucket, "form key")
