"""The conformance suite: what firmware must answer, case by case, asked through any driver.

``CASES`` is the list, ``Run`` asks it of a machine: ``SimulatedMachine``, new for each case, or ``LiveMachine``, the driver's own.
"""

from efirt.testing.conformance.case import Case, Deviation, Outcome
from efirt.testing.conformance.cases import ALL as CASES
from efirt.testing.conformance.live import LiveMachine
from efirt.testing.conformance.report import Report
from efirt.testing.conformance.simulated import SimulatedMachine
from efirt.testing.conformance.suite import Run

__all__ = ["CASES", "Case", "Deviation", "LiveMachine", "Outcome", "Report", "Run", "SimulatedMachine"]
