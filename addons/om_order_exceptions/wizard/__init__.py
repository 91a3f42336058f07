from . import om_exception_resolve
from . import fix_life
from . import om_exception_wait
from . import om_intake_upload
from . import om_delivery_proof
