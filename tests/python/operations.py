#!/usr/bin/env python3
"""Runs the operations of esdk-obs-python against a running emulator.

Usage: operations.py SIGNATURE(obs|v2|v4) STYLE(path|virtual)
Environment: EMULATOR (host:port), OBS_ACCESS_KEY_ID, OBS_SECRET_ACCESS_KEY; OBS_TEMPORARY_ACCESS_KEY_ID,
OBS_TEMPORARY_SECRET_ACCESS_KEY and OBS_SECURITY_TOKEN of a temporary key of the same account; CUSTOM_DOMAIN, a name under
example.com that the emulator binds to the bucket `esdk-SIGNATURE-STYLE`.

Prints a line of JSON a check: {"operation": ..., "problem": null or a text}.
"""
import sys

import access
import beyond
import buckets
import documents
import endings
import files
import multipart
import objects
import signed
import versions
from session import Session

AREAS = (buckets, documents, beyond, objects, multipart, signed, access, versions, files, endings)

session = Session(*sys.argv[1:3])
try:
    for area in AREAS:
        area.run(session)
finally:
    session.close()
