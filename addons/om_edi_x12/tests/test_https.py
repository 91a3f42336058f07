import json
import socket

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tests.common import release_test_lock
from odoo.tools import mute_logger

from .common import EdiCommon
from .x12_bytes import interchange, purchase_order

LOGGER = "odoo.addons.om_edi_x12.models.om_edi_http_sender"


@tagged("post_install", "-at_install")
class TestHttps(EdiCommon, HttpCase):
    """A partner that uploads and fetches with its API key."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mailbox.transport = "https"
        cls.edi_manager = new_test_user(cls.env, "om_edi", groups="om_edi_x12.group_edi_manager")
        action = cls.mailbox.with_user(cls.edi_manager).action_make_api_key()
        cls.key = action["context"]["default_key"]

    def setUp(self):
        super().setUp()
        self.data = interchange(purchase_order("PO-1"))

    def _call(self, method, path="", key=None, data=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        headers = {"Authorization": f"Bearer {self.key if key is None else key}", **headers}
        return self.opener.request(
            method, f"{self.base_url()}/om_edi/files{path}", data=data, headers=headers, timeout=20
        )

    def _upload(self, data=None, **headers):
        return self._call("POST", data=self.data if data is None else data, **headers)

    def test_new_key_is_shown_to_whoever_makes_it(self):
        shown = (
            self.env["om.edi.api.key.show"]
            .with_user(self.edi_manager)
            .with_context(default_key=self.key)
            .onchange({}, [], {"key": {}})
        )
        self.assertEqual(shown["value"]["key"], self.key)

    def test_upload_becomes_an_order(self):
        answer = self._upload(X_File_Name="../850.edi")
        self.assertEqual(answer.status_code, 201, answer.text)
        intake = self.env["om.intake"].search([("name", "=", answer.json()["document"])])
        self.assertEqual((intake.channel, intake.file_name, intake.sender), ("https", "850.edi", "Bluebird"))
        intake._process()
        self.assertEqual(intake.order_ids.client_order_ref, "PO-1")

    def test_upload_by_a_form_is_taken_as_well(self):
        answer = self.opener.post(
            f"{self.base_url()}/om_edi/files",
            files={"file": ("850.edi", self.data)},
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=20,
        )
        self.assertEqual((answer.status_code, answer.json()["size"]), (201, len(self.data)))
        answer = self._upload(b"a=b", Content_Type="application/x-www-form-urlencoded")
        self.assertEqual(answer.status_code, 415)

    def test_same_upload_again_gets_the_same_answer_and_is_stored_once(self):
        first = self._upload()
        again = self._upload()
        self.assertEqual((first.status_code, again.status_code), (201, 200))
        self.assertEqual(first.json(), again.json())
        self.assertEqual(self.env["om.intake"].search_count([("edi_mailbox_id", "=", self.mailbox.id)]), 1)

    def test_idempotency_key_tells_one_upload_from_another(self):
        first = self._upload(Idempotency_Key="a")
        self.assertEqual(self._upload(Idempotency_Key="a").json(), first.json())
        self.assertEqual(self._upload(b"other", Idempotency_Key="a").status_code, 409)
        other = self._upload(Idempotency_Key="b").json()
        self.assertEqual(other["state"], "duplicate", "the same bytes are acted on once")
        self.assertNotEqual(other["document"], first.json()["document"])

    def test_whoever_is_not_known_gets_the_same_refusal_and_is_logged(self):
        name, _dot, secret = self.key.partition(".")
        answers = []
        for key in ("", "x", f"{name}.x", f"x.{secret}", name, f"{name}.{secret}x", f"{name}."):
            with self.assertLogs(LOGGER, "WARNING") as logs:
                answers.append(self._call("POST", key=key, data=self.data))
            self.assertNotIn(secret, "".join(logs.output))
        with mute_logger(LOGGER):
            answers.append(
                self._call("POST", key="x", data=self.data, Content_Type="multipart/form-data; boundary=x")
            )
            self.mailbox.active = False
            answers.append(self._upload())
            self.mailbox.write({"active": True, "transport": "manual"})
            answers.append(self._upload())
            self.mailbox.write({"transport": "https", "networks": "192.0.2.0/24"})
            answers.append(self._upload())
            self.mailbox.networks = False
            answers += [
                self._call("GET", key="x"),
                self._call("GET", "/x", key="x"),
                self._call("DELETE", "/x", key="x"),
            ]
            self.mailbox.with_user(self.edi_manager).action_void_api_key()
            answers.append(self._upload())
        shapes = {
            (
                answer.status_code,
                answer.text,
                answer.headers["Content-Type"],
                answer.headers["WWW-Authenticate"],
            )
            for answer in answers
        }
        self.assertEqual(len(shapes), 1, shapes)
        self.assertEqual(answers[0].status_code, 401)
        self.assertFalse(self.env["om.intake"].search_count([("edi_mailbox_id", "=", self.mailbox.id)]))

    def test_known_and_unknown_names_of_keys_cost_the_same_queries(self):
        mailboxes = self.env["om.edi.mailbox"]
        name = self.key.partition(".")[0]
        counts = []
        for key in (f"{name}.x", "unknown.x", self.key):
            self.env.invalidate_all()
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            mailboxes._of_api_key(key)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(len(set(counts)), 1, counts)

    def test_only_a_hash_of_the_key_is_kept(self):
        secret = self.key.partition(".")[2]
        self.env.flush_all()
        self.env.cr.execute("SELECT count(*) FROM om_edi_secret WHERE value LIKE %s", [f"%{secret}%"])
        self.assertEqual(self.env.cr.fetchone(), (0,))
        first = self.key
        self.key = self.mailbox.with_user(self.edi_manager).action_make_api_key()["context"]["default_key"]
        self.assertEqual(self._call("GET").status_code, 200)
        with mute_logger(LOGGER):
            self.assertEqual(self._call("GET", key=first).status_code, 401)
        with self.assertRaises(AccessError):
            self.mailbox.with_user(self.specialist).action_make_api_key()

    def _raw(self, head, body=b""):
        """The status line of the answer to a request written by hand; the body need not be as it says."""
        host, port = self.base_url().rpartition("/")[2].split(":")
        with socket.create_connection((host, int(port)), 10) as connection:
            lines = [
                "POST /om_edi/files HTTP/1.1",
                f"Host: {host}:{port}",
                f"Cookie: test_request_key={self.http_request_key}",
                *head,
                "",
                "",
            ]
            with release_test_lock():
                connection.sendall("\r\n".join(lines).encode() + body)
                return connection.recv(4096).split(b"\r\n")[0]

    def test_too_long_a_body_is_refused_before_it_is_read(self):
        authorized = f"Authorization: Bearer {self.key}"
        limit = self.env["om.edi.transport"]._max_bytes()
        # not a byte of the body is sent: the answer comes nevertheless
        self.assertIn(b" 413 ", self._raw([authorized, f"Content-Length: {limit + 1}"]))
        form = "Content-Type: multipart/form-data; boundary=x"
        self.assertIn(b" 413 ", self._raw([authorized, form, f"Content-Length: {limit + 1}"]))
        self.assertIn(
            b" 411 ", self._raw([authorized, "Transfer-Encoding: chunked"], b"3\r\nISA\r\n0\r\n\r\n")
        )
        with mute_logger(LOGGER):
            for kind in ("Content-Type: application/edi-x12", form):
                self.assertIn(b" 401 ", self._raw([kind, "Content-Length: 100000"]))

    def test_outgoing_files_are_listed_fetched_and_confirmed(self):
        self._receive(self.data)
        self.edi_partner._send()
        files = self._call("GET").json()["files"]
        sent = self.env["om.edi.interchange"].search([("direction", "=", "out")], order="id")
        self.assertEqual([file["name"] for file in files], sent.mapped("file_name"))
        self.assertEqual(set(sent.mapped("state")), {"sent"})
        for file, interchange_ in zip(files, sent, strict=True):
            answer = self._call("GET", f"/{file['name']}")
            self.assertEqual(len(answer.content), file["size"])
            self.assertTrue(answer.content.startswith(b"ISA"), interchange_.file_name)
        self.assertEqual(len(self._call("GET").json()["files"]), len(files), "fetched is not confirmed")
        for _time in range(2):
            self.assertEqual(self._call("DELETE", f"/{files[0]['name']}").status_code, 200)
        self.assertEqual(self._call("GET").json()["files"], files[1:])
        self.assertEqual(self._call("GET", "/nothing.x12").status_code, 404)

    def test_key_opens_its_own_mailbox_only(self):
        other = self.env["om.edi.mailbox"].create({"name": "Finch", "transport": "https"})
        self.env["om.edi.transport.https"]._deliver(other, "855.x12", b"ISA")
        self.assertEqual(self._call("GET").json(), {"files": []})
        self.assertEqual(self._call("GET", "/855.x12").status_code, 404)
        self.assertEqual(self._call("DELETE", "/855.x12").status_code, 404)
        self.assertEqual(json.dumps(other.outgoing_ids.mapped("state")), '["waiting"]')
