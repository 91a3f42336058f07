import json
import logging

from odoo.exceptions import AccessError
from odoo.tests import Form, HttpCase, new_test_user, tagged

from .common import EdiCommon

SECRET = "correct horse battery staple"


@tagged("post_install", "-at_install")
class TestSecrets(EdiCommon, HttpCase):
    """Nobody reads a secret of a mailbox: no user, no administrator, no log."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = new_test_user(
            cls.env, "om_sys", groups="base.group_system,base.group_allow_export,om_edi_x12.group_edi_manager"
        )
        cls.edi_manager = new_test_user(
            cls.env, "om_edi", groups="base.group_allow_export,om_edi_x12.group_edi_manager"
        )
        cls.mailbox.with_user(cls.edi_manager).write({"password": SECRET})
        cls.env.flush_all()

    def test_secret_is_kept_for_code(self):
        self.assertEqual(self.mailbox._secret("password"), SECRET)
        mailbox = self.mailbox.with_user(self.edi_manager)
        self.assertTrue(mailbox.has_password)
        self.assertFalse(mailbox.has_private_key)
        mailbox.write({"password": "another"})
        self.assertEqual(self.mailbox._secret("password"), "another")
        mailbox.write({"password": False})
        self.assertEqual(self.mailbox._secret("password"), "")
        self.assertFalse(mailbox.has_password)

    def test_mailbox_never_shows_it(self):
        for user in (self.edi_manager, self.administrator):
            mailbox = self.mailbox.with_user(user)
            everything = [
                mailbox.read(),
                mailbox.search_read([], ["password", "private_key", "key_passphrase"]),
                mailbox.web_read(
                    {"password": {}, "has_password": {}, "partner_ids": {"fields": {"name": {}}}}
                ),
                mailbox.web_save({"password": SECRET}, {"password": {}, "name": {}}),
                mailbox.export_data(["name", "password", "private_key"])["datas"],
                mailbox.copy({"directory": f"copy{user.id}"}).read(),
                mailbox.onchange({"name": "x"}, ["name"], {"name": {}, "password": {}}),
                mailbox.create({"name": "New", "directory": f"new{user.id}", "password": SECRET}).read(),
            ]
            self.assertNotIn("horse", json.dumps(everything, default=str))
            with Form(mailbox, "om_edi_x12.om_edi_mailbox_view_form") as form:
                self.assertFalse(form.password)

    def test_copy_of_a_mailbox_has_no_secret(self):
        copy = self.mailbox.with_user(self.edi_manager).copy({"directory": "copy"})
        self.assertEqual(copy.sudo()._secret("password"), "")

    def test_secrets_themselves_are_closed_also_to_administrators(self):
        secret = self.env["om.edi.secret"].search([("mailbox_id", "=", self.mailbox.id)])
        self.assertTrue(secret)
        for user in (self.edi_manager, self.administrator):
            own = secret.with_user(user)
            for attempt in (
                lambda own=own: own.read(["value"]),
                lambda own=own: own.search([("value", "like", "horse")]),
                lambda own=own: own.search_read([]),
                lambda own=own: own.export_data(["value"]),
                lambda own=own: own.web_search_read([], {"value": {}}),
                lambda own=own: own.write({"value": "x"}),
                lambda own=own: own.create({"mailbox_id": self.mailbox.id, "name": "x", "value": "x"}),
                lambda own=own: own.unlink(),
            ):
                with self.assertRaises(AccessError):
                    attempt()

    def test_administrator_who_gives_himself_access_still_sees_no_value(self):
        self.env["ir.model.access"].create(
            {
                "name": "curious",
                "model_id": self.env["ir.model"]._get_id("om.edi.secret"),
                "group_id": self.env.ref("base.group_system").id,
                "perm_read": True,
                "perm_write": True,
            }
        )
        secret = self.env["om.edi.secret"].search([]).with_user(self.administrator)
        self.assertTrue(secret.read(["name"]))
        for attempt in (
            lambda: secret.read(["value"]),
            lambda: secret.search([("value", "like", "horse")]),
            lambda: secret.export_data(["value"]),
            lambda: secret._read_group([], ["value"]),
        ):
            with self.assertRaises(AccessError):
                attempt()
        self.assertNotIn("horse", json.dumps(secret.read(), default=str))

    def test_mailboxes_are_not_searched_by_secret(self):
        for name in ("password", "private_key"):
            with self.assertRaises(ValueError):
                self.mailbox.with_user(self.administrator).search([(name, "like", "horse")])

    def test_whoever_may_not_write_a_mailbox_sets_no_secret(self):
        with self.assertRaises(AccessError):
            self.mailbox.with_user(self.specialist).write({"password": "x"})
        self.assertEqual(self.mailbox._secret("password"), SECRET)

    def test_rpc_answer_and_log_do_not_repeat_it(self):
        self.authenticate("om_edi", "om_edi")
        with self.assertLogs(level=logging.INFO) as logs:
            logging.getLogger("om.test").info("so that there is something")
            answer = self.url_open(
                "/web/dataset/call_kw/om.edi.mailbox/web_save",
                json={
                    "jsonrpc": "2.0",
                    "params": {
                        "model": "om.edi.mailbox",
                        "method": "web_save",
                        "args": [[self.mailbox.id], {"password": "fresh horse", "host": "x"}],
                        "kwargs": {"specification": {"password": {}, "host": {}, "has_password": {}}},
                    },
                },
            ).json()
        self.assertEqual(answer["result"][0]["password"], False)
        self.assertTrue(answer["result"][0]["has_password"])
        self.assertNotIn("horse", "\n".join(logs.output) + json.dumps(answer))
        self.env.invalidate_all()
        self.assertEqual(self.mailbox._secret("password"), "fresh horse")
