from . import om_exception_resolve
from . import fix_life
from . import om_exception_wait
from . import om_intake_upload
from . import om_delivery_proof
from . import fix_intake
from . import om_bulk_entry
from . import om_rule_trial
