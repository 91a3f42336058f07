"""Each addon alone: it installs on stock Odoo, updates, uninstalls, and Odoo's log stays clean."""

import pytest
from conftest import query

import addons as addons_tool

UNINSTALL = """
module = env["ir.module.module"].search([("name", "=", {name!r})])
module.button_immediate_uninstall()
"""


def assert_clean(log):
    found = addons_tool.log_findings(log)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", addons_tool.manifests())
def test_addon_installs_updates_and_uninstalls_without_a_warning(
    name, stock_db, run_odoo, run_odoo_shell, tmp_path
):
    assert_clean(run_odoo(stock_db, "-i", name, "--stop-after-init"))
    assert_clean(run_odoo(stock_db, "-u", name, "--stop-after-init"))

    log = tmp_path / "uninstall.log"
    process = run_odoo_shell(stock_db, UNINSTALL.format(name=name), log=log)
    assert process.returncode == 0, process.stderr[-4000:]
    assert_clean(log)

    assert query(stock_db, "SELECT state FROM ir_module_module WHERE name = %s", name) == [("uninstalled",)]
    assert query(stock_db, "SELECT name FROM ir_model_data WHERE module = %s", name) == []
