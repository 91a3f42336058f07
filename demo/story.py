# Tells the demo company's day in an Odoo shell: ./om demo. On a database that has the day behind it, it only
# prints the summary again.
import os
import sys
from pathlib import Path

sys.path.insert(0, os.environ["OM_ROOT"])

from demo import summary
from demo.bluebird import TwoOrdersBefore
from demo.company import LOGINS, Company
from demo.day import Day
from demo.past import Past

home = Path(os.environ["OM_DEMO_HOME"])
told = env["ir.config_parameter"].get_param("om.demo.told")
if not told:
    company = Company(env, home / "edi").create()
    env.cr.commit()
    Past(company).run()
    before = TwoOrdersBefore(company)
    before.run()
    before.refuse_ship_notice()
    Day(company).run()
    before.find_late()
    env["ir.config_parameter"].set_param("om.demo.told", "1")
    env.cr.commit()
lines = [
    "login        password     who",
    *(f"{login:<12} {login:<12} {name}, {role}" for login, (name, role, _groups) in LOGINS.items()),
]
lines += [
    "portal       portal       Paula Maple, customer (portal)",
    "admin        admin        administrator",
]
(home / "logins.txt").write_text("\n".join(lines) + "\n")
summary.show(env, as_json=bool(os.environ.get("OM_DEMO_JSON")))
