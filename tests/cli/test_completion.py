"""What a shell completes of ``wengert``."""

from click.shell_completion import BashComplete

from wengert.cli import main


def words(*before, beginning=""):
    completion = BashComplete(main, {}, "wengert", "_WENGERT_COMPLETE")
    return [item.value for item in completion.get_completions(list(before), beginning)]


def test_commands_are_completed():
    assert words() == sorted(main.commands)
    assert words(beginning="d") == [name for name in sorted(main.commands) if name.startswith("d")]


def test_a_command_that_is_not_there_ends_no_completion():
    assert words("exlpain") == words()
