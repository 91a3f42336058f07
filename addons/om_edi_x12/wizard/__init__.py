from . import account_payment_register
from . import fix_unit
from . import om_edi_profile
from . import om_edi_profile_lines
from . import om_intake_upload
from . import om_exception_resolve_3pl
from . import fix_documents_out
