"""Bucket documents beyond the guide."""
from obs import model

from session import holds, plain


def run(s):
    s.check("getBucketEncryption", s.bucket, status=404, code="NoSuchEncryptionConfiguration")
    s.check("setBucketEncryption", s.bucket, "kms", "key-1")
    s.check("getBucketEncryption", s.bucket, want=lambda r: r.body.key == "key-1" and r.body.encryption.endswith("kms"))
    s.check("deleteBucketEncryption", s.bucket)
    s.check("getBucketEncryption", s.bucket, status=404, code="NoSuchEncryptionConfiguration")

    for payer in ("Requester", "BucketOwner"):
        s.check("setBucketRequestPayment", s.bucket, payer)
        s.check("getBucketRequestPayment", s.bucket, want=lambda r: r.body.payer == payer)

    rule = model.ReplicationRule(id="r", prefix="p", status="Enabled", bucket=s.target, storageClass="STANDARD", deleteData="Enabled", historicalObjectReplication="Enabled")
    s.check("setBucketReplication", s.bucket, model.Replication(agency="a", replicationRules=[rule]))

    # Quirk: historicalObjectReplication is looked for in the wrong place
    def replicated(r):
        sent = plain(rule)
        del sent["historicalObjectReplication"]
        read = plain(r.body.replicationRules[0])
        read["bucket"] = read["bucket"].replace("arn:aws:s3:::", "")
        return holds(read, sent)

    s.check("getBucketReplication", s.bucket, want=replicated)
    s.check("deleteBucketReplication", s.bucket)
    s.check("getBucketReplication", s.bucket, status=404, code="ReplicationConfigurationNotFoundError")

    # Quirk: booleans are sent as True and False
    s.check("putBucketPublicAccessBlock", s.bucket, blockPublicAcls=True, ignorePublicAcls=False, blockPublicPolicy=True, restrictPublicBuckets=False)
    s.check("getBucketPublicAccessBlock", s.bucket, want=lambda r: (
        r.body.blockPublicAcls, r.body.ignorePublicAcls, r.body.blockPublicPolicy, r.body.restrictPublicBuckets) == (True, False, True, False))
    s.check("setBucketAcl", s.bucket, aclControl="public-read", status=403, code="AccessDenied")
    s.check("deleteBucketPublicAccessBlock", s.bucket)

    inventory = model.InventoryConfiguration(
        inventoryId="i1", isEnabled=True, objectVersion="All", frequency="Daily", filter=model.InventoryFilter(prefix="p"),
        destination=model.InventoryDestination(bucket=s.target, prefix="d", format="CSV"), optionalFields=["Size", "ETag"],
    )
    s.check("putBucketInventory", s.bucket, "i1", inventory)
    s.check("getBucketInventory", s.bucket, "i1", want=lambda r: holds(plain(r.body), plain(inventory)))
    s.check("listBucketInventory", s.bucket, want=lambda r: holds(plain(r.body.configurations), [plain(inventory)]))
    s.check("deleteBucketInventory", s.bucket, "i1")
    s.check("getBucketInventory", s.bucket, "i1", status=404)
    s.check("listBucketInventory", s.bucket, want=lambda r: r.body.configurations == [])

    cold = model.DirectColdAccessConfiguration(status="Enabled")
    s.round_trip("BucketDirectColdAccess", cold, lambda r: r.body)

    dis = {"id": "event_0001", "stream": "s", "project": "p", "events": ["ObjectCreated:*"], "prefix": "o", "suffix": "t", "agency": "a"}
    s.round_trip("BucketDisPolicy", model.DisPolicy(rules=[dis]), lambda r: r.body, missing="NoSuchDisPolicy")

    rules = [model.ObsCompressPolicyRule(
        id="rule-001", project="p", agency="a", events=["ObjectCreated:*"], prefix="z/", suffix=".zip", overwrite=0,
        decompresspath="out/", policytype="decompress",
    )]
    s.round_trip("ObsCompressPolicy", rules, lambda r: r.body.rules)

    domain = "%s.example.com" % s.bucket
    s.check("setBucketCustomDomain", s.bucket, domain)
    s.check("getBucketCustomDomain", s.bucket, want=lambda r: [one.domainName for one in r.body.domains] == [domain])
    s.check("deleteBucketCustomDomain", s.bucket, domain)
    s.check("getBucketCustomDomain", s.bucket, want=lambda r: not r.body.domains)

    s.check("setBucketFetchPolicy", s.bucket, "open", "agency")
    s.check("getBucketFetchPolicy", s.bucket, want=lambda r: (r.body.status, r.body.agency) == ("open", "agency"))
    job = s.check("setBucketFetchJob", s.bucket, "http://example.com/a.txt", want=lambda r: bool(r.body.id))
    s.check("getBucketFetchJob", s.bucket, job.body.id, want=lambda r: r.body.job.url == "http://example.com/a.txt")
    s.check("deleteBucketFetchPolicy", s.bucket)
    s.check("getBucketFetchPolicy", s.bucket, status=404)

    alias = "alias-%s" % s.bucket
    s.check("createBucketAlias", alias, model.BucketAliasModel(bucket1=s.bucket, bucket2=s.target))
    s.check("bindBucketAlias", s.bucket, model.BucketAliasModel(alias=alias))
    s.check("getBucketAlias", s.bucket, want=lambda r: r.body.alias == alias)
    s.check("listBucketAlias", want=lambda r: alias in [one.alias for one in r.body.bucketAlias])
    s.check("unbindBucketAlias", s.bucket)
    s.check("deleteBucketAlias", alias)
    s.check("listBucketAlias", want=lambda r: alias not in [one.alias for one in r.body.bucketAlias or []])
