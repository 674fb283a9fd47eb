"""Buckets themselves: create, list, look at, and what is in their heads. Guide, chapter 6."""
from obs import ACL, CreateBucketHeader, Grant, Grantee, Group, Owner, Permission, StorageClass



def run(s):
    header = CreateBucketHeader(storageClass=StorageClass.STANDARD)
    s.check("createBucket", s.bucket, header, location="cn-south-1")
    s.check("createBucket", s.bucket)
    s.check("createBucket", s.target, CreateBucketHeader(aclControl="private", availableZone="3az"))
    s.check("createBucket", "a_b", status=400, code="InvalidBucketName")

    def listed(result):
        return {bucket.name: bucket.location for bucket in result.body.buckets}

    s.check("listBuckets", want=lambda r: listed(r)[s.bucket] == "cn-south-1" and s.target in listed(r) and r.body.owner.owner_id)
    s.check("listBuckets", False, want=lambda r: listed(r)[s.bucket] is None)
    s.check("listBuckets", bucketType="POSIX", want=lambda r: s.bucket not in listed(r))
    page = s.check("listBuckets", maxKeys=1, want=lambda r: len(r.body.buckets) == 1)
    s.check("listBuckets", marker=page.body.buckets[0].name, maxKeys=1000, want=lambda r: page.body.buckets[0].name not in listed(r))

    s.check("headBucket", s.bucket)
    s.check("headBucket", "no-such-bucket-0", status=404)
    s.check("getBucketMetadata", s.bucket, want=lambda r: r.body.location == "cn-south-1" and r.body.storageClass == "STANDARD")
    s.check("getBucketMetadata", s.target, want=lambda r: r.body.availableZone == "3az")
    s.check("getBucketLocation", s.bucket, want=lambda r: r.body.location == "cn-south-1")
    s.check("getBucketStorageInfo", s.bucket, want=lambda r: (r.body.size, r.body.objectNumber) == (0, 0))

    s.check("getBucketQuota", s.bucket, want=lambda r: r.body.quota == 0)
    s.check("setBucketQuota", s.bucket, 1 << 40)
    s.check("getBucketQuota", s.bucket, want=lambda r: r.body.quota == 1 << 40)
    s.check("setBucketQuota", s.bucket, 0)

    warm, cold = ("WARM", "COLD") if s.obs else ("STANDARD_IA", "GLACIER")
    for given, kept in (("WARM", warm), ("COLD", cold), ("STANDARD", "STANDARD")):
        s.check("setBucketStoragePolicy", s.bucket, given)
        s.check("getBucketStoragePolicy", s.bucket, want=lambda r: r.body.storageClass == kept)

    owner = s.client.getBucketAcl(s.bucket).body.owner.owner_id
    acl = ACL(Owner(owner_id=owner), [
        Grant(Grantee(grantee_id=owner), Permission.FULL_CONTROL),
        Grant(Grantee(group=Group.ALL_USERS), Permission.READ),
    ])
    s.check("setBucketAcl", s.bucket, acl)
    # Quirk: the group's name differs between what is sent and what is read
    s.check("getBucketAcl", s.bucket, want=lambda r: [grant.permission for grant in r.body.grants] == ["FULL_CONTROL", "READ"]
            and r.body.owner.owner_id == owner and r.body.grants[1].grantee.group in ("Everyone", "http://acs.amazonaws.com/groups/global/AllUsers"))
    s.record("setBucketAcl", lambda: s.fetch("GET", s.url_of(s.bucket)), lambda r: b"ListBucketResult" in r.body)
    s.check("setBucketAcl", s.bucket, aclControl="private")
    s.check("getBucketAcl", s.bucket, want=lambda r: len(r.body.grants) == 1)
    s.record("setBucketAcl", lambda: s.fetch("GET", s.url_of(s.bucket)), status=403)

    policy = '{"Statement":[{"Sid":"s","Effect":"Allow","Principal":{"ID":["*"]},"Action":["GetObject"],"Resource":["%s/open/*"]}]}' % s.bucket
    s.check("getBucketPolicy", s.bucket, status=404, code="NoSuchBucketPolicy")
    s.check("setBucketPolicy", s.bucket, policy)
    s.check("getBucketPolicy", s.bucket, want=lambda r: r.body.policyJSON == policy)
    s.check("getBucketPolicyPublicStatus", s.bucket, want=lambda r: r.body.status is True)
    s.check("getBucketPublicStatus", s.bucket, want=lambda r: r.body.status is True)
    s.client.putContent(s.bucket, "open/a", "for all")
    s.record("setBucketPolicy", lambda: s.fetch("GET", s.url_of(s.bucket, "open/a")), lambda r: r.body == b"for all")
    s.check("deleteBucketPolicy", s.bucket)
    s.record("deleteBucketPolicy", lambda: s.fetch("GET", s.url_of(s.bucket, "open/a")), status=403)
    s.check("getBucketPolicyPublicStatus", s.bucket, status=404, code="NoSuchBucketPolicy")
    s.check("getBucketPublicStatus", s.bucket, want=lambda r: r.body.status is False)
    s.check("getBucketStorageInfo", s.bucket, want=lambda r: (r.body.size, r.body.objectNumber) == (7, 1))
    s.client.deleteObject(s.bucket, "open/a")

    s.check("getBucketVersioning", s.bucket, want=lambda r: r.body is None)
