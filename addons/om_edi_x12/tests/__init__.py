from . import test_agreements_from_850
from . import test_five_channels
from . import test_intake_x12
from . import test_orders_from_850
from . import test_documents_out
from . import test_mailbox
from . import test_tours
from . import test_flows
