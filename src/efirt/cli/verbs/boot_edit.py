"""``efirt boot edit``: another name, another program, other arguments or attributes; what is not named stays."""

from efirt.annotation import Iterator
from efirt.cli.boot_attributes import attribute_notes, attribute_options, has_attributes, with_attributes
from efirt.cli.boot_writes import Done, change_options, lines, opened, record, told
from efirt.cli.call import Call, Note
from efirt.cli.loaders import data_options, has_data, path_of, path_options, with_data
from efirt.cli.options import Parser
from efirt.cli.reading import characters
from efirt.cli.refusals import UsageError

__all__ = ["lines", "options", "record", "run"]


def options(parser: Parser) -> None:
    """Add what this verb takes."""
    parser.add_argument("number", metavar="NUMBER", help="the entry, in hexadecimal: 0003 or Boot0003")
    parser.add_argument("--label", metavar="TEXT", help="what people see")
    path_options(parser)
    data_options(parser)
    attribute_options(parser, both_ways=True)
    change_options(parser)


def run(call: Call) -> Iterator[Done | Note]:
    """What was written."""
    given = call.arguments
    path, remarks = path_of(given)
    if path is None and given.label is None and not (has_data(given) or has_attributes(given)):
        raise UsageError("nothing is to be changed", "add --label, --args, --file, or another (efirt boot edit --help)")
    yield from remarks
    with call.open() as runtime:
        boot = opened(call, runtime)
        number = boot.kind.parse(given.number)
        yield from attribute_notes(given, boot.kind)
        option = with_attributes(given, with_data(given, boot.option(number)))
        if path is not None:
            option = option.with_path(path)
        if given.label is not None:
            option = option._replace(description=characters("--label", given.label))
        yield from told(call, runtime, boot.edit(number, option, force=given.force, dry_run=given.dry_run))
