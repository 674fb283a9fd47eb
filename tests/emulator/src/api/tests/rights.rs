use super::*;

#[test]
fn buckets_belong_to_their_makers() {
    let store = store();
    Ask::new("PUT", "b").send(&store).fails(400, "InvalidBucketName");
    Ask::new("PUT", "bucket").send(&store).expect(200);
    Ask::new("PUT", "bucket").send(&store).expect(200);
    Ask::new("PUT", "bucket").by(other()).send(&store).fails(409, "BucketAlreadyExists");
    Ask::new("GET", "bucket").by(other()).send(&store).fails(403, "AccessDenied");
    Ask::new("GET", "bucket?policy").by(other()).send(&store).fails(403, "AccessDenied");
    Ask::new("DELETE", "bucket").by(other()).send(&store).fails(403, "AccessDenied");
    Ask::new("GET", "").anonymous().send(&store).fails(403, "AccessDenied");
    assert!(Ask::new("GET", "").by(other()).send(&store).expect(200).every("Name").is_empty());
    Ask::new("GET", "none").send(&store).fails(404, "NoSuchBucket");
}

#[test]
fn lists_open_buckets_and_objects() {
    let store = store();
    Ask::new("PUT", "b/private").body("x").send(&store).expect(200);
    Ask::new("PUT", "b/public").header("x-obs-acl", "public-read").body("x").send(&store).expect(200);
    Ask::new("GET", "b/private").anonymous().send(&store).fails(403, "AccessDenied");
    // Who may not list is not told what is missing.
    Ask::new("GET", "b/missing").anonymous().send(&store).fails(403, "AccessDenied");
    Ask::new("GET", "b/public").anonymous().send(&store).expect(200);
    Ask::new("PUT", "b?acl").header("x-obs-acl", "public-read").send(&store).expect(200);
    Ask::new("GET", "b").anonymous().send(&store).expect(200);
    Ask::new("GET", "b/missing").anonymous().send(&store).fails(404, "NoSuchKey");
    Ask::new("PUT", "b/new").anonymous().body("x").send(&store).fails(403, "AccessDenied");
    Ask::new("PUT", "b?acl")
        .header("x-obs-acl", "public-everything")
        .send(&store)
        .fails(400, "InvalidArgument");
    Ask::new("PUT", "b?acl").send(&store).fails(400, "MissingSecurityHeader");

    let acl = "<AccessControlPolicy><Owner><ID>owner</ID></Owner><AccessControlList><Grant><Grantee><ID>other</ID></Grantee><Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>";
    Ask::new("PUT", "b/private?acl").body(acl).send(&store).expect(200);
    Ask::new("GET", "b/private").by(other()).send(&store).expect(200);
    Ask::new("GET", "b/private?acl").by(other()).send(&store).fails(403, "AccessDenied");
    let amz = Ask::new("GET", "b?acl").amz().send(&store).expect(200).text();
    assert!(amz.contains("<URI>http://acs.amazonaws.com/groups/global/AllUsers</URI>"), "{amz}");
    assert!(Ask::new("GET", "b?acl").send(&store).text().contains("<Canned>Everyone</Canned>"));
    Ask::new("PUT", "b?acl").body(acl.replace("READ", "ALL")).send(&store).fails(400, "MalformedACLError");
    Ask::new("PUT", "b?acl").body(acl.replacen("owner", "thief", 1)).send(&store).fails(403, "AccessDenied");
}

#[test]
fn policies_open_and_close() {
    let store = store();
    Ask::new("PUT", "b/open/k").body("x").send(&store).expect(200);
    Ask::new("PUT", "b/k").body("x").send(&store).expect(200);
    Ask::new("PUT", "b?policy").body("{}").send(&store).fails(400, "MalformedPolicy");
    Ask::new("GET", "b?policy").send(&store).fails(404, "NoSuchBucketPolicy");
    let policy = r#"{"Statement":[{"Effect":"Allow","Principal":{"ID":["*"]},"Action":["GetObject"],"Resource":["b/open/*"]}]}"#;
    Ask::new("PUT", "b?policy").body(policy).send(&store).expect(204);
    assert_eq!(Ask::new("GET", "b?policy").send(&store).expect(200).text(), policy);
    Ask::new("GET", "b/open/k").anonymous().send(&store).expect(200);
    Ask::new("GET", "b/k").anonymous().send(&store).fails(403, "AccessDenied");
    assert_eq!(Ask::new("GET", "b?policyStatus").send(&store).expect(200).between("IsPublic"), "true");
    let block = "<PublicAccessBlockConfiguration><RestrictPublicBuckets>True</RestrictPublicBuckets></PublicAccessBlockConfiguration>";
    Ask::new("PUT", "b?publicAccessBlock").document(block).send(&store).expect(200);
    Ask::new("GET", "b/open/k").anonymous().send(&store).fails(403, "AccessDenied");
    Ask::new("DELETE", "b?publicAccessBlock").send(&store).expect(204);
    let deny = policy
        .replace("Allow", "Deny")
        .replace("GetObject", "s3:Get*")
        .replace("b/open/*", "arn:aws:s3:::b/*");
    Ask::new("PUT", "b?policy").body(deny).send(&store).expect(204);
    Ask::new("GET", "b/k").send(&store).fails(403, "AccessDenied");
    Ask::new("DELETE", "b?policy").send(&store).expect(204);
    Ask::new("GET", "b/k").send(&store).expect(200);
}

#[test]
fn preflight_follows_the_rules() {
    let store = store();
    let ask = || {
        Ask::new("OPTIONS", "b/k")
            .anonymous()
            .header("origin", "http://www.a.com")
            .header("access-control-request-method", "PUT")
    };
    ask().send(&store).fails(403, "AccessForbidden");
    let rules = "<CORSConfiguration><CORSRule><AllowedMethod>PUT</AllowedMethod><AllowedMethod>GET</AllowedMethod><AllowedOrigin>http://*.a.com</AllowedOrigin><AllowedHeader>x-obs-*</AllowedHeader><MaxAgeSeconds>60</MaxAgeSeconds><ExposeHeader>etag</ExposeHeader></CORSRule></CORSConfiguration>";
    Ask::new("PUT", "b?cors").document(rules).send(&store).expect(200);
    let allowed = ask().header("access-control-request-headers", "X-Obs-Meta-A").send(&store).expect(200);
    for (name, value) in
        [("origin", "http://www.a.com"), ("methods", "PUT, GET"), ("headers", "X-Obs-Meta-A")]
    {
        assert_eq!(allowed.header(&format!("access-control-allow-{name}")), Some(value));
    }
    assert_eq!(allowed.header("access-control-max-age"), Some("60"));
    ask()
        .header("access-control-request-headers", "authorization")
        .send(&store)
        .fails(403, "AccessForbidden");
    Ask::new("PUT", "b/k").body("x").send(&store).expect(200);
    let read = Ask::new("GET", "b/k").header("origin", "http://www.a.com").send(&store).expect(200);
    assert_eq!(read.header("access-control-expose-headers"), Some("etag"));
}

#[test]
fn websites_serve_pages_errors_and_redirections() {
    let store = store();
    let visit = |path: &str| {
        Ask::new("GET", &format!("b/{path}"))
            .anonymous()
            .website()
            .header("host", "b.obs-website.localhost")
            .send(&store)
    };
    visit("").fails(404, "NoSuchWebsiteConfiguration");
    let site = "<WebsiteConfiguration><IndexDocument><Suffix>index.html</Suffix></IndexDocument><ErrorDocument><Key>404.html</Key></ErrorDocument><RoutingRules><RoutingRule><Condition><KeyPrefixEquals>old/</KeyPrefixEquals></Condition><Redirect><ReplaceKeyPrefixWith>new/</ReplaceKeyPrefixWith><HttpRedirectCode>302</HttpRedirectCode></Redirect></RoutingRule></RoutingRules></WebsiteConfiguration>";
    Ask::new("PUT", "b?website").body(site).send(&store).expect(200);
    Ask::new("PUT", "b?acl").header("x-obs-acl", "public-read").send(&store).expect(200);
    for (key, body) in [("index.html", "home"), ("docs/index.html", "docs"), ("404.html", "lost")] {
        Ask::new("PUT", &format!("b/{key}"))
            .header("x-obs-acl", "public-read")
            .body(body)
            .send(&store)
            .expect(200);
    }
    assert_eq!(visit("").expect(200).text(), "home");
    assert_eq!(visit("docs/").expect(200).text(), "docs");
    assert_eq!(visit("docs").expect(302).header("location"), Some("/docs/"));
    assert_eq!(visit("nothing").expect(404).text(), "lost");
    assert_eq!(
        visit("old/a b").expect(302).header("location"),
        Some("http://b.obs-website.localhost/new/a%20b")
    );
    let all = "<WebsiteConfiguration><RedirectAllRequestsTo><HostName>www.example.com</HostName><Protocol>https</Protocol></RedirectAllRequestsTo></WebsiteConfiguration>";
    Ask::new("PUT", "b?website").body(all).send(&store).expect(200);
    assert_eq!(visit("x").expect(301).header("location"), Some("https://www.example.com/x"));
}

#[test]
fn strangers_pay_where_the_requester_pays() {
    let store = store();
    Ask::new("PUT", "b/k").header("x-obs-acl", "public-read").body("x").send(&store).expect(200);
    let payment = "<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>";
    Ask::new("PUT", "b?requestPayment").body(payment).send(&store).expect(200);
    Ask::new("GET", "b/k").send(&store).expect(200);
    Ask::new("GET", "b/k").by(other()).send(&store).fails(403, "AccessDenied");
    Ask::new("GET", "b/k").by(other()).header("x-obs-request-payer", "requester").send(&store).expect(200);
    Ask::new("GET", "b/k")
        .anonymous()
        .header("x-obs-request-payer", "requester")
        .send(&store)
        .fails(403, "AccessDenied");
}

#[test]
fn blocked_public_lists_are_refused() {
    let store = store();
    let block = "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls></PublicAccessBlockConfiguration>";
    Ask::new("PUT", "b?publicAccessBlock").document(block).send(&store).expect(200);
    Ask::new("PUT", "b/k").header("x-obs-acl", "public-read").send(&store).fails(403, "AccessDenied");
    Ask::new("PUT", "b?acl").header("x-obs-acl", "public-read").send(&store).fails(403, "AccessDenied");
    Ask::new("PUT", "b/k").header("x-obs-acl", "private").send(&store).expect(200);
}
