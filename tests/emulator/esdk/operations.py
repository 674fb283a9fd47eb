#!/usr/bin/env python3
"""Runs the operations of esdk-obs-python against a running emulator and prints a table.

Usage: operations.py HOST PORT SIGNATURE(obs|v2) STYLE(path|virtual)
Keys: OBS_ACCESS_KEY_ID, OBS_SECRET_ACCESS_KEY. Names under `localhost` are resolved to loopback here.
Ends with 1 if any operation did not give what it should.
"""
import hashlib
import os
import socket
import sys
import tempfile
import traceback
import urllib.error
import urllib.request

from obs import ObsClient
from obs import (
    ACL, AbortIncompleteMultipartUpload, AppendObjectContent, CompleteMultipartUploadRequest, CompletePart, CopyObjectHeader,
    CorsRule, CreateBucketHeader, DeleteObjectsRequest, ErrorDocument, Expiration, FilterRule,
    FunctionGraphConfiguration, GetObjectHeader, GetObjectRequest, Grant, Grantee, Group, IndexDocument, Lifecycle,
    ListMultipartUploadsRequest, Logging, NoncurrentVersionExpiration, NoncurrentVersionTransition, Notification,
    Object, Options, Owner, Permission, PutObjectHeader, Rule, SetObjectMetadataHeader, SseCHeader, SseKmsHeader,
    StorageClass, Tag, TagInfo, TopicConfiguration, Transition, Versions, WebsiteConfiguration,
)
from obs import DateTime
from obs import convertor, model

host, port, signature, style = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
resolve = socket.getaddrinfo


def local(name, *args, **kwargs):
    return resolve("127.0.0.1" if str(name).endswith("localhost") else name, *args, **kwargs)


socket.getaddrinfo = local
access_key, secret_key = os.environ["OBS_ACCESS_KEY_ID"], os.environ["OBS_SECRET_ACCESS_KEY"]
client = ObsClient(
    access_key_id=access_key, secret_access_key=secret_key, server="http://%s:%d" % (host, port),
    signature=signature, path_style=style == "path", is_secure=False, max_retry_count=0, timeout=10,
    is_signature_negotiation=False, long_conn_mode=True,
)
obs = signature == "obs"
# A path-style client is switched to v2 by the SDK; this takes the choice back.
if style == "path" and obs:
    client.signature = client.thread_local.signature = "obs"
    client.ha = convertor.Adapter("obs")
    client.convertor = convertor.Convertor("obs", client.ha)
bucket, target = "esdk-%s-%s" % (signature, style), "esdk-target-%s-%s" % (signature, style)
results = []


def check(name, call, test=lambda r: True, status=None):
    """Performs a call; `status` is what it must give if that is no success."""
    try:
        result = call()
        good = (result.status == status) if status else (result.status < 300)
        what = "" if good else "%s %s %s" % (result.status, result.errorCode, result.errorMessage)
        if good:
            verdict = test(result)
            good = verdict is None or bool(verdict)
            what = "" if good else "wrong answer: %s %s" % (result.body, result.header)
    except Exception:
        good, what, result = False, traceback.format_exc(limit=-3), None
    results.append((name, good, what))
    return result


def body(result):
    return result.body


big = os.urandom(300 * 1024)
scratch = tempfile.mkdtemp()
path = os.path.join(scratch, "big.bin")
with open(path, "wb") as file:
    file.write(big)

# Buckets
check("createBucket", lambda: client.createBucket(bucket, CreateBucketHeader(storageClass=StorageClass.STANDARD), location="cn-south-1"))
check("createBucket again", lambda: client.createBucket(bucket))
check("createBucket target", lambda: client.createBucket(target))
check("createBucket bad name", lambda: client.createBucket("a_b"), status=400, test=lambda r: r.errorCode == "InvalidBucketName")
check("listBuckets", lambda: client.listBuckets(isQueryLocation=True), lambda r: {b.name: b.location for b in r.body.buckets}[bucket] == "cn-south-1")
check("headBucket", lambda: client.headBucket(bucket))
check("headBucket missing", lambda: client.headBucket("no-such-bucket"), status=404)
check("getBucketMetadata", lambda: client.getBucketMetadata(bucket), lambda r: r.body.location == "cn-south-1" and r.body.storageClass == "STANDARD")
check("getBucketLocation", lambda: client.getBucketLocation(bucket), lambda r: r.body.location == "cn-south-1")
check("setBucketQuota", lambda: client.setBucketQuota(bucket, 1 << 30))
check("getBucketQuota", lambda: client.getBucketQuota(bucket), lambda r: r.body.quota == 1 << 30)
check("setBucketStoragePolicy", lambda: client.setBucketStoragePolicy(bucket, "WARM"))
check("getBucketStoragePolicy", lambda: client.getBucketStoragePolicy(bucket), lambda r: r.body.storageClass == ("WARM" if obs else "STANDARD_IA"))
client.setBucketStoragePolicy(bucket, "STANDARD")
check("getBucketStorageInfo", lambda: client.getBucketStorageInfo(bucket), lambda r: r.body.size == 0 and r.body.objectNumber == 0)
owner = client.getBucketAcl(bucket).body.owner.owner_id
grants = [Grant(Grantee(grantee_id=owner), Permission.FULL_CONTROL), Grant(Grantee(group=Group.ALL_USERS), Permission.READ)]
check("setBucketAcl", lambda: client.setBucketAcl(bucket, ACL(Owner(owner_id=owner), grants)))
check("getBucketAcl", lambda: client.getBucketAcl(bucket), lambda r: len(r.body.grants) == 2 and r.body.owner.owner_id == owner)
check("setBucketAcl canned", lambda: client.setBucketAcl(bucket, aclControl="private"))
policy = '{"Statement":[{"Sid":"s","Effect":"Allow","Principal":{"ID":["*"]},"Action":["GetObject"],"Resource":["%s/open/*"]}]}' % bucket
check("getBucketPolicy missing", lambda: client.getBucketPolicy(bucket), status=404, test=lambda r: r.errorCode == "NoSuchBucketPolicy")
check("setBucketPolicy", lambda: client.setBucketPolicy(bucket, policy))
check("getBucketPolicy", lambda: client.getBucketPolicy(bucket), lambda r: r.body.policyJSON == policy)
check("getBucketPolicyPublicStatus", lambda: client.getBucketPolicyPublicStatus(bucket), lambda r: r.body.status is True)
check("getBucketPublicStatus", lambda: client.getBucketPublicStatus(bucket), lambda r: r.body.status is True)
check("deleteBucketPolicy", lambda: client.deleteBucketPolicy(bucket))
check("getBucketVersioning never", lambda: client.getBucketVersioning(bucket), lambda r: r.body is None)

# Documents
lifecycle = Lifecycle(rule=[Rule(
    id="r1", prefix="p/", status="Enabled", expiration=Expiration(days=60), transition=[Transition(days=30, storageClass="WARM")],
    noncurrentVersionExpiration=NoncurrentVersionExpiration(noncurrentDays=90),
    noncurrentVersionTransition=[NoncurrentVersionTransition(noncurrentDays=30, storageClass="COLD")],
    abortIncompleteMultipartUpload=AbortIncompleteMultipartUpload(7),
), Rule(id="r2", prefix="q/", status="Disabled", expiration=Expiration(date=DateTime(2030, 1, 1)))])
check("setBucketLifecycle", lambda: client.setBucketLifecycle(bucket, lifecycle))
check("getBucketLifecycle", lambda: client.getBucketLifecycle(bucket), lambda r: [x.id for x in r.body.lifecycleConfig.rule] == ["r1", "r2"] and r.body.lifecycleConfig.rule[0].expiration.days == 60)
check("deleteBucketLifecycle", lambda: client.deleteBucketLifecycle(bucket))
check("getBucketLifecycle missing", lambda: client.getBucketLifecycle(bucket), status=404, test=lambda r: r.errorCode == "NoSuchLifecycleConfiguration")
cors = [CorsRule(id="c1", allowedMethod=["PUT", "GET"], allowedOrigin=["http://www.a.com"], allowedHeader=["x-obs-header"], maxAgeSecond=60, exposeHeader=["x-obs-expose"])]
check("setBucketCors", lambda: client.setBucketCors(bucket, cors))
check("getBucketCors", lambda: client.getBucketCors(bucket), lambda r: r.body[0].allowedMethod == ["PUT", "GET"] and r.body[0].maxAgeSecond == 60)
options = Options(origin="http://www.a.com", accessControlRequestMethods=["PUT"], accessControlRequestHeaders=["x-obs-header"])
check("optionsBucket", lambda: client.optionsBucket(bucket, options), lambda r: r.body.accessContorlAllowOrigin == "http://www.a.com")
check("optionsObject", lambda: client.optionsObject(bucket, "k", options), lambda r: r.body.accessContorlMaxAge == 60)
check("getBucketMetadata origin", lambda: client.getBucketMetadata(bucket, origin="http://www.a.com"), status=None)
check("deleteBucketCors", lambda: client.deleteBucketCors(bucket))
logging = Logging(targetBucket=target, targetPrefix="log/", agency="agency", targetGrants=[Grant(Grantee(group=Group.ALL_USERS), Permission.READ)])
check("setBucketLogging", lambda: client.setBucketLogging(bucket, logging))
check("getBucketLogging", lambda: client.getBucketLogging(bucket), lambda r: r.body.targetBucket == target and r.body.targetPrefix == "log/" and len(r.body.targetGrants) == 1)
check("setBucketLogging off", lambda: client.setBucketLogging(bucket, Logging()))
website = WebsiteConfiguration(indexDocument=IndexDocument(suffix="index.html"), errorDocument=ErrorDocument(key="error.html"))
check("setBucketWebsite", lambda: client.setBucketWebsite(bucket, website))
check("getBucketWebsite", lambda: client.getBucketWebsite(bucket), lambda r: r.body.indexDocument.suffix == "index.html" and r.body.errorDocument.key == "error.html")
check("deleteBucketWebsite", lambda: client.deleteBucketWebsite(bucket))
check("setBucketTagging", lambda: client.setBucketTagging(bucket, TagInfo([Tag("a", "1"), Tag("b", "2")])))
check("getBucketTagging", lambda: client.getBucketTagging(bucket), lambda r: [(t.key, t.value) for t in r.body.tagSet] == [("a", "1"), ("b", "2")])
check("deleteBucketTagging", lambda: client.deleteBucketTagging(bucket))
events = Notification(
    topicConfigurations=[TopicConfiguration(id="1", topic="urn:t", events=["ObjectCreated:*"], filterRules=[FilterRule("prefix", "p")])],
    functionGraphConfigurations=[FunctionGraphConfiguration(id="2", functionGraph="urn:f", events=["ObjectRemoved:Delete"], filterRules=[FilterRule("suffix", "s")])],
)
check("setBucketNotification", lambda: client.setBucketNotification(bucket, events))
check("getBucketNotification", lambda: client.getBucketNotification(bucket), lambda r: r.body.topicConfigurations[0].topic == "urn:t" and r.body.topicConfigurations[0].filterRules[0].value == "p" and r.body.functionGraphConfigurations[0].functionGraph == "urn:f")
check("setBucketNotification off", lambda: client.setBucketNotification(bucket, Notification()))
check("setBucketEncryption", lambda: client.setBucketEncryption(bucket, "kms", "key-1"))
check("getBucketEncryption", lambda: client.getBucketEncryption(bucket), lambda r: r.body.key == "key-1")
check("deleteBucketEncryption", lambda: client.deleteBucketEncryption(bucket))
check("setBucketRequestPayment", lambda: client.setBucketRequestPayment(bucket, "Requester"))
check("getBucketRequestPayment", lambda: client.getBucketRequestPayment(bucket), lambda r: r.body.payer == "Requester")
client.setBucketRequestPayment(bucket, "BucketOwner")
check("setBucketReplication", lambda: client.setBucketReplication(bucket, model.Replication(agency="a", replicationRules=[model.ReplicationRule(id="r", prefix="p", status="Enabled", bucket=target, storageClass="WARM", deleteData="Enabled", historicalObjectReplication="Enabled")])))
check("getBucketReplication", lambda: client.getBucketReplication(bucket), lambda r: r.body.replicationRules[0].id == "r")
check("deleteBucketReplication", lambda: client.deleteBucketReplication(bucket))
check("putBucketPublicAccessBlock", lambda: client.putBucketPublicAccessBlock(bucket, blockPublicAcls=True))
check("getBucketPublicAccessBlock", lambda: client.getBucketPublicAccessBlock(bucket), lambda r: r.body.blockPublicAcls is True)
check("deleteBucketPublicAccessBlock", lambda: client.deleteBucketPublicAccessBlock(bucket))
inventory = model.InventoryConfiguration(inventoryId="i1", isEnabled=True, objectVersion="All", frequency="Daily", filter=model.InventoryFilter(prefix="p"), destination=model.InventoryDestination(bucket=target, prefix="d", format="CSV"), optionalFields=["Size"])
check("putBucketInventory", lambda: client.putBucketInventory(bucket, "i1", inventory))
check("getBucketInventory", lambda: client.getBucketInventory(bucket, "i1"))
check("listBucketInventory", lambda: client.listBucketInventory(bucket), lambda r: len(r.body.configurations) == 1)
check("deleteBucketInventory", lambda: client.deleteBucketInventory(bucket, "i1"))
check("setBucketDirectColdAccess", lambda: client.setBucketDirectColdAccess(bucket, model.DirectColdAccessConfiguration(status="Enabled")))
check("getBucketDirectColdAccess", lambda: client.getBucketDirectColdAccess(bucket), lambda r: r.body.status == "Enabled")
check("deleteBucketDirectColdAccess", lambda: client.deleteBucketDirectColdAccess(bucket))
dis = model.DisPolicy(rules=[model.DisPolicyRule(id="event_0001", stream="s", project="p", events=["ObjectCreated:*"], prefix="o", suffix="t", agency="a")]) if hasattr(model, "DisPolicyRule") else model.DisPolicy(rules=[{"id": "event_0001", "stream": "s", "project": "p", "events": ["ObjectCreated:*"], "agency": "a"}])
check("setBucketDisPolicy", lambda: client.setBucketDisPolicy(bucket, dis))
check("getBucketDisPolicy", lambda: client.getBucketDisPolicy(bucket))
check("deleteBucketDisPolicy", lambda: client.deleteBucketDisPolicy(bucket))
rules = [model.ObsCompressPolicyRule(id="rule-001", project="p", agency="a", events=["ObjectCreated:*"], prefix="z/", suffix=".zip", overwrite=0, decompresspath="out/", policytype="decompress")]
check("setObsCompressPolicy", lambda: client.setObsCompressPolicy(bucket, rules))
check("getObsCompressPolicy", lambda: client.getObsCompressPolicy(bucket), lambda r: len(r.body.rules) == 1)
check("deleteObsCompressPolicy", lambda: client.deleteObsCompressPolicy(bucket))
if obs:
    # Not signed by this SDK, though OBS says that it is.
    check("setBucketCustomDomain", lambda: client.setBucketCustomDomain(bucket, "%s.example.com" % bucket))
    check("getBucketCustomDomain", lambda: client.getBucketCustomDomain(bucket), lambda r: len(r.body.domains) == 1)
    check("deleteBucketCustomDomain", lambda: client.deleteBucketCustomDomain(bucket, "%s.example.com" % bucket))
    check("setBucketFetchPolicy", lambda: client.setBucketFetchPolicy(bucket, "open", "agency"))
    check("getBucketFetchPolicy", lambda: client.getBucketFetchPolicy(bucket), lambda r: r.body.status == "open")
    job = check("setBucketFetchJob", lambda: client.setBucketFetchJob(bucket, "http://example.com/a.txt"), lambda r: r.body.id)
    check("getBucketFetchJob", lambda: client.getBucketFetchJob(bucket, job.body.id), lambda r: r.body.job.url == "http://example.com/a.txt")
    check("deleteBucketFetchPolicy", lambda: client.deleteBucketFetchPolicy(bucket))
    alias = "alias-%s" % bucket
    pair = model.BucketAliasModel(bucket1=bucket, bucket2=target)
    check("createBucketAlias", lambda: client.createBucketAlias(alias, pair))
    check("bindBucketAlias", lambda: client.bindBucketAlias(bucket, model.BucketAliasModel(alias=alias)))
    check("getBucketAlias", lambda: client.getBucketAlias(bucket), lambda r: r.body.alias == alias)
    check("listBucketAlias", lambda: client.listBucketAlias(), lambda r: alias in [a.alias for a in r.body.bucketAlias])
    check("unbindBucketAlias", lambda: client.unbindBucketAlias(bucket))

# Objects
odd = "dir/a b+c%d&e=f;'()*!~中文😀 .txt"
md5 = hashlib.md5(b"hello").hexdigest()
check("putContent", lambda: client.putContent(bucket, odd, "hello", metadata={"owner": "中文 x", "n": "1"}, headers=PutObjectHeader(contentType="text/x")), lambda r: r.body.etag == '"%s"' % md5)
check("putContent md5 and crc64", lambda: client.putContent(bucket, "checked", "hello", headers=PutObjectHeader(md5="XUFAKrxLKna5cZ2REBfFkg==", isAttachCrc64=True)))
check("putContent bad md5", lambda: client.putContent(bucket, "checked", "hellO", headers=PutObjectHeader(md5="XUFAKrxLKna5cZ2REBfFkg==")), status=400, test=lambda r: r.errorCode == "BadDigest")
check("putFile", lambda: client.putFile(bucket, "file.bin", path))
check("putObject stream", lambda: client.putContent(bucket, "stream", open(path, "rb")))
check("getObject", lambda: client.getObject(bucket, odd, loadStreamInMemory=True), lambda r: r.body.buffer == b"hello" and r.body.contentType == "text/x" and dict(r.header)["owner"] == "中文 x")
check("getObject stream", lambda: client.getObject(bucket, "stream", loadStreamInMemory=True), lambda r: r.body.buffer == big)
check("getObject range", lambda: client.getObject(bucket, "file.bin", headers=GetObjectHeader(range="10-19"), loadStreamInMemory=True), lambda r: r.status == 206 and r.body.buffer == big[10:20])
check("getObject to file", lambda: client.getObject(bucket, "file.bin", downloadPath=os.path.join(scratch, "down")), lambda r: open(os.path.join(scratch, "down"), "rb").read() == big)
check("getObject rewritten", lambda: client.getObject(bucket, odd, getObjectRequest=GetObjectRequest(content_type="image/png", cache_control="no-cache"), loadStreamInMemory=True), lambda r: r.body.contentType == "image/png")
check("getObject if_match", lambda: client.getObject(bucket, odd, headers=GetObjectHeader(if_match=md5), loadStreamInMemory=True))
check("getObject if_none_match", lambda: client.getObject(bucket, odd, headers=GetObjectHeader(if_none_match=md5)), status=304)
check("getObject not modified", lambda: client.getObject(bucket, odd, headers=GetObjectHeader(if_modified_since=DateTime(2100, 1, 1))), status=304)
check("getObject missing", lambda: client.getObject(bucket, "missing"), status=404, test=lambda r: r.errorCode == "NoSuchKey" and r.requestId)
check("getObjectMetadata", lambda: client.getObjectMetadata(bucket, odd), lambda r: r.body.contentLength == 5 and r.body.etag == '"%s"' % md5)
check("headObject", lambda: client.headObject(bucket, odd))
check("headObject missing", lambda: client.headObject(bucket, "missing"), status=404)
check("setObjectMetadata", lambda: client.setObjectMetadata(bucket, odd, metadata={"new": "2"}, headers=SetObjectMetadataHeader(cacheControl="no-store", contentType="text/y")))
check("setObjectMetadata seen", lambda: client.getObjectMetadata(bucket, odd), lambda r: r.body.contentType == "text/y" and dict(r.header).get("new") == "2" and dict(r.header).get("cache-control") == "no-store")
check("setObjectAcl", lambda: client.setObjectAcl(bucket, odd, aclControl="public-read"))
check("getObjectAcl", lambda: client.getObjectAcl(bucket, odd), lambda r: len(r.body.grants) == 2)
check("setObjectAcl grants", lambda: client.setObjectAcl(bucket, odd, ACL(Owner(owner_id=owner), grants)))
check("setObjectTagging", lambda: client.setObjectTagging(bucket, odd, [Tag("k", "v")]))
check("getObjectTagging", lambda: client.getObjectTagging(bucket, odd))
check("deleteObjectTagging", lambda: client.deleteObjectTagging(bucket, odd))
check("copyObject", lambda: client.copyObject(bucket, odd, target, odd + "2"), lambda r: r.body.etag == '"%s"' % md5)
check("copyObject replace", lambda: client.copyObject(bucket, odd, bucket, "copy", metadata={"m": "3"}, headers=CopyObjectHeader(directive="REPLACE", contentType="text/z", if_match=md5)))
check("copyObject seen", lambda: client.getObjectMetadata(bucket, "copy"), lambda r: r.body.contentType == "text/z" and dict(r.header).get("m") == "3")
check("copyObject precondition", lambda: client.copyObject(bucket, odd, bucket, "copy", headers=CopyObjectHeader(if_none_match=md5)), status=412)
check("appendObject", lambda: client.appendObject(bucket, "log", AppendObjectContent(content="one", position=0)), lambda r: r.body.nextPosition == 3)
check("appendObject next", lambda: client.appendObject(bucket, "log", AppendObjectContent(content="two", position=3)), lambda r: r.body.nextPosition == 6)
check("appendObject conflict", lambda: client.appendObject(bucket, "log", AppendObjectContent(content="x", position=3)), status=409, test=lambda r: r.errorCode == "PositionNotEqualToLength")
check("appendable metadata", lambda: client.getObjectMetadata(bucket, "log"), lambda r: r.body.isAppendable and r.body.nextPosition == 6)
check("putContent folder", lambda: client.putContent(bucket, "folder/", ""))
check("listObjects", lambda: client.listObjects(bucket), lambda r: odd in [c.key for c in r.body.contents])
check("listObjects url", lambda: client.listObjects(bucket, encoding_type="url"), lambda r: odd in [c.key for c in r.body.contents])
check("listObjects delimiter", lambda: client.listObjects(bucket, delimiter="/"), lambda r: sorted(p.prefix for p in r.body.commonPrefixs) == ["dir/", "folder/"])


keys = []


def paged():
    marker = None
    while True:
        page = client.listObjects(bucket, marker=marker, max_keys=2)
        keys.extend(c.key for c in page.body.contents)
        if not page.body.is_truncated:
            return page
        marker = page.body.next_marker


check("listObjects pages", paged, lambda r: len(keys) == 7 and keys == sorted(keys, key=lambda k: k.encode()))

# Archive
check("putContent cold", lambda: client.putContent(bucket, "cold", "ice", headers=PutObjectHeader(storageClass=StorageClass.COLD)))
check("getObject archived", lambda: client.getObject(bucket, "cold"), status=403, test=lambda r: r.errorCode == "InvalidObjectState")
check("restoreObject", lambda: client.restoreObject(bucket, "cold", 1, "Expedited"), lambda r: r.status == 202)
check("getObject restored", lambda: client.getObject(bucket, "cold", loadStreamInMemory=True), lambda r: r.body.buffer == b"ice")
check("getObjectMetadata restored", lambda: client.getObjectMetadata(bucket, "cold"), lambda r: "ongoing-request=\"false\"" in r.body.restore)

# Multipart
part = 100 * 1024
started = check("initiateMultipartUpload", lambda: client.initiateMultipartUpload(bucket, odd + "mp", metadata={"mp": "1"}, contentType="text/mp"), lambda r: r.body.uploadId and r.body.objectKey == odd + "mp")
upload = started.body.uploadId
check("initiateMultipartUpload url", lambda: client.initiateMultipartUpload(bucket, odd + "url", encoding_type="url"), lambda r: r.body.objectKey == odd + "url")
check("listMultipartUploads", lambda: client.listMultipartUploads(bucket, ListMultipartUploadsRequest(prefix="dir/", max_uploads=1)), lambda r: r.body.isTruncated and r.body.upload[0].uploadId == upload)
etags = []
for number in range(1, 3):
    piece = check("uploadPart %d" % number, lambda: client.uploadPart(bucket, odd + "mp", number, upload, path, isFile=True, partSize=part, offset=(number - 1) * part, isAttachMd5=True))
    etags.append(piece.body.etag)
etags.append(check("copyPart", lambda: client.copyPart(bucket, odd + "mp", 3, upload, "%s/file.bin" % bucket, "%d-%d" % (2 * part, 3 * part - 1))).body.etag)
check("listParts", lambda: client.listParts(bucket, odd + "mp", upload, maxParts=2), lambda r: len(r.body.parts) == 2 and r.body.isTruncated and r.body.nextPartNumberMarker == 2)
parts = CompleteMultipartUploadRequest([CompletePart(n + 1, etag) for n, etag in enumerate(etags)])
wrong = CompleteMultipartUploadRequest([CompletePart(1, '"wrong"')])
check("completeMultipartUpload wrong", lambda: client.completeMultipartUpload(bucket, odd + "mp", upload, wrong), status=400, test=lambda r: r.errorCode == "InvalidPart")
check("completeMultipartUpload", lambda: client.completeMultipartUpload(bucket, odd + "mp", upload, parts), lambda r: r.body.etag.endswith('-3"') and r.body.key == odd + "mp")
check("getObject multipart", lambda: client.getObject(bucket, odd + "mp", loadStreamInMemory=True), lambda r: r.body.buffer == big and dict(r.header)["mp"] == "1")
other = client.initiateMultipartUpload(bucket, "aborted").body.uploadId
check("abortMultipartUpload", lambda: client.abortMultipartUpload(bucket, "aborted", other))
check("uploadPart no upload", lambda: client.uploadPart(bucket, "aborted", 1, other, "x"), status=404, test=lambda r: r.errorCode == "NoSuchUpload")
check("uploadFile", lambda: client.uploadFile(bucket, "resumable", path, partSize=part, taskNum=3, enableCheckpoint=True, isAttachCrc64=True))
check("downloadFile", lambda: client.downloadFile(bucket, "resumable", os.path.join(scratch, "resumed"), partSize=part, taskNum=3, enableCheckpoint=True), lambda r: open(os.path.join(scratch, "resumed"), "rb").read() == big)

# Encryption
customer = SseCHeader(encryption="AES256", key="0123456789abcdef0123456789abcdef")
check("putContent SSE-C", lambda: client.putContent(bucket, "sse-c", "secret", headers=PutObjectHeader(sseHeader=customer)), lambda r: r.body.etag != '"%s"' % hashlib.md5(b"secret").hexdigest())
check("getObject SSE-C", lambda: client.getObject(bucket, "sse-c", headers=GetObjectHeader(sseHeader=customer), loadStreamInMemory=True), lambda r: r.body.buffer == b"secret")
check("getObject SSE-C without key", lambda: client.getObject(bucket, "sse-c"), status=400)
check("getObjectMetadata SSE-C", lambda: client.getObjectMetadata(bucket, "sse-c", sseHeader=customer), lambda r: r.body.sseC == "AES256")
check("copyObject SSE-C", lambda: client.copyObject(bucket, "sse-c", bucket, "sse-copy", headers=CopyObjectHeader(sourceSseHeader=customer)))
check("putContent SSE-KMS", lambda: client.putContent(bucket, "sse-kms", "secret", headers=PutObjectHeader(sseHeader=SseKmsHeader(encryption="kms"))), lambda r: r.body.sseKms == ("kms" if obs else "aws:kms"))

# Signed URLs and forms
signed = client.createSignedUrl("GET", bucket, odd, expires=60)


def fetch(method, url, data=None, headers=None):
    request = urllib.request.Request(url, data=data, headers=headers or {}, method=method)

    class Answer:
        pass

    answer = Answer()
    answer.errorCode = answer.errorMessage = None
    try:
        with urllib.request.urlopen(request) as reply:
            answer.status, answer.body, answer.header = reply.status, reply.read(), reply.headers
    except urllib.error.HTTPError as error:
        answer.status, answer.body, answer.header = error.code, error.read(), error.headers
        answer.errorMessage = answer.body
    return answer


check("createSignedUrl GET", lambda: fetch("GET", signed.signedUrl), lambda r: r.body == b"hello")
check("createSignedUrl tampered", lambda: fetch("GET", signed.signedUrl.replace("Expires=", "Expires=9")), status=403)
upload_url = client.createSignedUrl("PUT", bucket, "signed put", expires=60, headers={"Content-Type": "text/signed"})
check("createSignedUrl PUT", lambda: fetch("PUT", upload_url.signedUrl, b"signed", {"Content-Type": "text/signed"}))
listing = client.createSignedUrl("GET", bucket, specialParam="acl", expires=60)
check("createSignedUrl acl", lambda: fetch("GET", listing.signedUrl), lambda r: b"AccessControlPolicy" in r.body)
form = client.createPostSignature(bucket, "form key", expires=60, formParams={"content-type": "text/form", ("x-obs-acl" if obs else "x-amz-acl"): "public-read"})


def post():
    boundary = "----boundary"
    fields = {
        "key": "form key", "content-type": "text/form", ("x-obs-acl" if obs else "x-amz-acl"): "public-read", "policy": form["policy"],
        "signature": form["signature"], ("AccessKeyId" if obs else "AWSAccessKeyId"): access_key,
    }
    lines = "".join('--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (boundary, k, v) for k, v in fields.items())
    lines += '--%s\r\nContent-Disposition: form-data; name="file"; filename="f.txt"\r\nContent-Type: text/plain\r\n\r\nform body\r\n--%s--\r\n' % (boundary, boundary)
    url = "http://%s:%d/%s" % (host, port, bucket) if style == "path" else "http://%s.%s:%d/" % (bucket, host, port)
    return fetch("POST", url, lines.encode(), {"Content-Type": "multipart/form-data; boundary=" + boundary})


check("createPostSignature", post, lambda r: r.status == 204)
check("form object", lambda: client.getObject(bucket, "form key", loadStreamInMemory=True), lambda r: r.body.buffer == b"form body" and r.body.contentType == "text/form")

# Versions
check("setBucketVersioning", lambda: client.setBucketVersioning(bucket, "Enabled"))
check("getBucketVersioning", lambda: client.getBucketVersioning(bucket), lambda r: r.body == "Enabled")
first = check("putContent version", lambda: client.putContent(bucket, "versioned", "1"), lambda r: r.body.versionId).body.versionId
client.putContent(bucket, "versioned", "22")
check("getObject version", lambda: client.getObject(bucket, "versioned", getObjectRequest=GetObjectRequest(versionId=first), loadStreamInMemory=True), lambda r: r.body.buffer == b"1")
check("copyObject version", lambda: client.copyObject(bucket, "versioned", bucket, "from version", versionId=first), lambda r: r.body.copySourceVersionId == first)
marker = check("deleteObject marker", lambda: client.deleteObject(bucket, "versioned"), lambda r: r.body.deleteMarker and r.body.versionId).body.versionId
check("listVersions", lambda: client.listVersions(bucket, Versions(prefix="versioned")), lambda r: len(r.body.versions) == 2 and r.body.markers[0].versionId == marker and r.body.markers[0].isLatest)
check("listVersions pages", lambda: client.listVersions(bucket, Versions(prefix="versioned", max_keys=1)), lambda r: r.body.head.isTruncated and r.body.head.nextVersionIdMarker == marker)
check("deleteObject version", lambda: client.deleteObject(bucket, "versioned", versionId=marker))
check("setObjectAcl version", lambda: client.setObjectAcl(bucket, "versioned", versionId=first, aclControl="public-read"))
check("restored by marker removal", lambda: client.getObject(bucket, "versioned", loadStreamInMemory=True), lambda r: r.body.buffer == b"22")
check("setBucketVersioning Suspended", lambda: client.setBucketVersioning(bucket, "Suspended"))

# Locks, labels, file systems
check("setBucketObjectLock", lambda: client.setBucketObjectLock(target, model.ObjectLockConfiguration(objectLockEnabled="Enabled", rule=model.ObjectLockRule(mode="COMPLIANCE", days=1))))
check("getBucketObjectLock", lambda: client.getBucketObjectLock(target))
client.putContent(target, "held", "x")
check("putObjectRetention", lambda: client.putObjectRetention(target, "held", "COMPLIANCE", 4102444800000))
check("deleteObject locked", lambda: client.deleteObject(target, "held"), status=403)
files = "esdk-files-%s-%s" % (signature, style)
if obs:
    check("createBucket PFS", lambda: client.createBucket(files, CreateBucketHeader(isPFS=True)))
    client.putContent(files, "d/f.txt", "hello")
    check("modifyFile", lambda: client.modifyFile(files, "d/f.txt", 4, "XY"))
    check("truncateFile", lambda: client.truncateFile(files, "d/f.txt", 5))
    check("renameFile", lambda: client.renameFile(files, "d/f.txt", "d/g.txt"))
    check("renamed", lambda: client.getObject(files, "d/g.txt", loadStreamInMemory=True), lambda r: r.body.buffer == b"hellX")
    check("setAccessLabel", lambda: client.setAccessLabel(files, "d/", ["role_1"]))
    check("getAccessLabel", lambda: client.getAccessLabel(files, "d/"))
    check("deleteAccessLabel", lambda: client.deleteAccessLabel(files, "d/"))

# Deletion
check("deleteBucket not empty", lambda: client.deleteBucket(bucket), status=409, test=lambda r: r.errorCode == "BucketNotEmpty")
listed = client.listVersions(bucket).body
keys = [Object(v.key, v.versionId) for v in listed.versions + listed.markers]
check("deleteObjects quiet", lambda: client.deleteObjects(bucket, DeleteObjectsRequest(quiet=True, objects=keys[:2])), lambda r: not r.body.deleted and not r.body.error)
check("deleteObjects url", lambda: client.deleteObjects(bucket, DeleteObjectsRequest(quiet=False, objects=keys[2:], encoding_type="url")), lambda r: len(r.body.deleted) == len(keys) - 2)
for unfinished in client.listMultipartUploads(bucket).body.upload:
    client.abortMultipartUpload(bucket, unfinished.key, unfinished.uploadId)
check("deleteBucket", lambda: client.deleteBucket(bucket))
check("headBucket deleted", lambda: client.headBucket(bucket), status=404)
stranger = ObsClient(access_key, "wrong", server="http://%s:%d" % (host, port), signature=signature, path_style=style == "path", is_secure=False, max_retry_count=0, is_signature_negotiation=False)
check("wrong secret", lambda: stranger.listBuckets(), status=403, test=lambda r: r.errorCode == "SignatureDoesNotMatch")

failed = [row for row in results if not row[1]]
for name, good, what in results:
    print("%-32s %s" % (name, "ok" if good else "FAILED " + what))
print("%d passed, %d failed (%s, %s)" % (len(results) - len(failed), len(failed), signature, style))
sys.exit(bool(failed))
