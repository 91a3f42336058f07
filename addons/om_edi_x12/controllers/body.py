"""The body of a request that anybody may send: refused by its headers, or read and never more than allowed.

Odoo reads forms before it calls a controller. So senders and lengths are checked while Odoo asks the route
for its ``max_content_length``, which it does before it reads anything.
"""

from werkzeug.exceptions import (
    HTTPException,
    LengthRequired,
    RequestEntityTooLarge,
    UnsupportedMediaType,
    abort,
)

from odoo.http import request

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def refuse(response):
    """Answer the request now, before its body is read."""
    abort(response)


def checked_length(limit):
    """Return ``limit``, or refuse a body that is longer by what its header says."""
    length = request.httprequest.content_length
    if length is None:
        refuse(answer(LengthRequired("a Content-Length is needed")))
    if length > limit:
        refuse(answer(RequestEntityTooLarge(f"at most {limit} bytes are taken")))
    return limit


def read_body():
    """``(bytes, file name)`` of the request; the name where a form has uploaded a file.

    :raise HTTPException: a form without a file
    """
    http = request.httprequest
    if http.mimetype not in FORMS:
        return http.get_data(), ""
    uploads = list(http.files.values())
    if len(uploads) != 1:
        raise UnsupportedMediaType("send one file, as the body or as the only file of a form")
    return uploads[0].read(), uploads[0].filename or ""


def answer(error):
    """The answer to an ``HTTPException``, as JSON."""
    return request.make_json_response({"error": error.description}, status=error.code)


__all__ = ["HTTPException", "answer", "checked_length", "read_body", "refuse"]
