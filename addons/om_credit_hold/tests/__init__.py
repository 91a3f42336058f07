from . import test_access
from . import test_compete
from . import test_concurrency
from . import test_credit_limit
from . import test_evaluation
from . import test_exposure
from . import test_release
