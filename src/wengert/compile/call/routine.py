"""Emit the native routine: ``__call__`` of compiled functions, for all programs that have a door.

As in Python, what is found in a dict may be asked for equality, which may run any code; while that happens a door is
busy, and the arrays in its frame are held. Memory is taken and given back in one place each, so that every way out
leaves the counts of references as they were.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from ..interpreter.layouts import (
    ARRAY_BASE,
    ARRAY_DATA,
    ARRAY_FLAGS,
    FLOAT_VALUE,
    LENGTH,
    REFERENCES,
    SCALAR_VALUE,
    TUPLE_ITEMS,
    TYPE,
    WORD as BYTES,
    WRITEABLE,
    Slots,
)
from ..interpreter.process_table import World
from ..native.ir.types import Value
from ..native.machine.llvm import ModulePart, Source
from .asking import ask_of, forget_of, tell_of
from .building import built_of, dropped_of, wrap_of
from .committing import are_unshared_of, commit_of
from .finding import fits_of, is_found_of, of as _of
from .tables import (
    ArgumentsWords,
    CheckWords,
    Donation,
    DoorWords,
    FormWords,
    InputWords,
    OtherWords,
    OutputWords,
)
from .unpacking import let_go_of, unpack_of
from .word_code import HALF_TYPE, WORD_TYPE, Writing

RAISED, MISSED = 0, 1
"""Sentinels in place of a result: an exception is set; the call misses this door."""

_INPUT_BYTES = (len(FormWords) + len(InputWords)) * BYTES
_OUTPUT_BYTES = (len(FormWords) + len(OutputWords)) * BYTES


def written(slots: Slots) -> Source:
    """Emit ``call(compiled, arguments, count, names)``, by CPython's vectorcall convention for methods."""
    module = ir.Module("entry")
    world: Any = ir.GlobalVariable(module, WORD_TYPE, "world")
    world.initializer = WORD_TYPE(0)
    fits = fits_of(module)
    value_of = _value_of(module, slots, _array_of(module, fits), _number_of(module))
    take = _take(module, value_of, _own(module))
    is_found = is_found_of(module, fits)
    make = _make(module, slots, fits)
    wrap = wrap_of(module, slots)
    release = _release(module)
    decides = _decides(module)
    give_back = _give_back(module, built_of(module, wrap), commit_of(module, slots, wrap), tell_of(module))
    finish = _finish(module, _run(module), decides, give_back, dropped_of(module))
    may_run = _may_run(module, is_found, decides, are_unshared_of(module, slots))
    answer = _answer(module, may_run, make, finish, _drop(module))
    serve = _serve(module, ask_of(module), take, answer, release, forget_of(module))
    open_door = _open(module, unpack_of(module), _are_others(module), serve)
    enter = _enter(module, _serve_in_turn(module, open_door), let_go_of(module))
    _call(module, slots, _try_doors(module, slots, enter))
    return Source([ModulePart(str(module))], {})


# -- inputs ----------------------------------------------------------------------------------------


def _number_of(module: ir.Module) -> Writing:
    """``number_of(held, input)``: unbox a number into the buffer of its input; 0 for another type or beyond 64 bits."""
    w = Writing(module, "number_of", 2)
    held, given = w.arguments
    number, kind = _of(w, given, InputWords.NUMBER), _of(w, given, InputWords.KIND)
    w.give_if(w.differ(w.word(held, TYPE), kind), 0)
    with w.builder.if_then(w.equal(kind, w.of_world(World.FLOAT))):
        w.put(w.word(held, FLOAT_VALUE), w.word(number, ARRAY_DATA))
        w.give(number)
    value = w.ask(World.PyLong_AsLongLong, held)
    with w.builder.if_then(w.equal(value, WORD_TYPE(-1))), w.builder.if_then(w.differ(w.ask(World.PyErr_Occurred), 0)):
        w.ask(World.PyErr_Clear)
        w.give(0)
    w.put(value, w.word(number, ARRAY_DATA))
    w.give(number)
    return w


def _array_of(module: ir.Module, fits: Writing) -> Writing:
    """``array_of(held, input)``: an array that fits its input, or the buffer of a scalar that does; 0 otherwise."""
    w = Writing(module, "array_of", 2)
    held, given = w.arguments
    kind = w.word(held, TYPE)
    with w.builder.if_then(w.equal(kind, w.of_world(World.ARRAY))):
        w.give(w.builder.select(w.equal(w.do(fits, held, given), 1), held, WORD_TYPE(0)))
    w.give_if(w.differ(kind, _of(w, given, InputWords.SCALAR)), 0)
    number = _of(w, given, InputWords.NUMBER)
    w.put(w.word(held, SCALAR_VALUE), w.word(number, ARRAY_DATA))
    w.give(number)
    return w


def _value_of(module: ir.Module, slots: Slots, array_of: Writing, number_of: Writing) -> Writing:
    """``value_of(held, input)``: the array of an argument; 0 if it fails the guards of its input."""
    w = Writing(module, "value_of", 2)
    held, given = w.arguments
    with w.builder.if_then(w.differ(_of(w, given, InputWords.KIND), 0)):
        w.give(w.do(number_of, held, given))
    watch = _of(w, given, InputWords.WATCH)
    with w.builder.if_then(w.differ(w.word(held, TYPE), w.of_world(World.TENSOR))):
        w.give_if(w.differ(watch, w.of_world(World.ZERO)), 0)
        w.give(w.do(array_of, held, given))
    value, node = w.word(held, slots.value), w.word(held, slots.node)
    w.give_if(w.either(w.equal(value, 0), w.equal(node, 0)), 0)
    wanted = _of(w, given, InputWords.NODE)
    w.give_if(w.builder.and_(w.differ(wanted, 0), w.differ(node, wanted)), 0)
    w.give_if(w.differ(w.word(node, slots.watch), watch), 0)
    w.give(w.do(array_of, value, given))
    return w


def _own(module: ir.Module) -> Writing:
    """``own(held, array, donation)``: a reference to the array of a tensor, or to a copy if it is not to be written to.

    0 if there is no memory.
    """
    w = Writing(module, "own", 3)
    held, array, donation = w.arguments
    is_kept = w.builder.and_(w.equal(donation, Donation.OF_TENSOR), w.differ(w.half(held, REFERENCES), 1))
    may_write = w.builder.and_(_is_alone(w, array), w.builder.not_(is_kept))
    with w.builder.if_then(w.either(w.equal(donation, Donation.NEVER), may_write)):
        w.ask(World.Py_IncRef, array)
        w.give(array)
    w.give(w.ask(World.PyArray_NewCopy, array, 0))
    return w


def _is_alone(w: Writing, array: Value) -> Value:
    """Whether an array is held once, and has memory of its own that may be written to."""
    is_writeable = w.differ(w.builder.and_(w.half(array, ARRAY_FLAGS), WORD_TYPE(WRITEABLE)), 0)
    is_base = w.equal(w.word(array, ARRAY_BASE), 0)
    return w.builder.and_(w.equal(w.half(array, REFERENCES), 1), w.builder.and_(is_base, is_writeable))


def _take(module: ir.Module, value_of: Writing, own: Writing) -> Writing:
    """``take(door)``: store new references to inputs in the frame, up to the first misfit; their number."""
    w = Writing(module, "take", 1)
    (door,) = w.arguments
    first, frame = _of(w, door, DoorWords.INPUT), _of(w, door, DoorWords.FRAME)
    with w.each(_of(w, door, DoorWords.INPUTS)) as index:
        given = w.nth(first, index, _INPUT_BYTES)
        held = w.word(_of(w, given, InputWords.PLACE))
        value = w.do(value_of, held, given)
        w.give_if(w.equal(value, 0), index)
        taken = w.do(own, held, value, _of(w, given, InputWords.DONATES))
        with w.builder.if_then(w.equal(taken, 0)):
            w.ask(World.PyErr_Clear)
            w.give(index)
        w.put(taken, w.nth(frame, index), TUPLE_ITEMS)
    w.give(_of(w, door, DoorWords.INPUTS))
    return w


# -- decisions -------------------------------------------------------------------------------------


def _bits(module: ir.Module) -> Writing:
    """``bits(address, size)``: load 1, 4 or 8 bytes as a word."""
    w = Writing(module, "bits", 2)
    address, size = w.arguments
    for count in (1, 4):
        with w.builder.if_then(w.equal(size, count)):
            kind = ir.IntType(8 * count)
            w.give(w.builder.zext(w.builder.load(w.builder.inttoptr(address, kind.as_pointer())), WORD_TYPE))
    w.give(w.word(address))
    return w


def _decides(module: ir.Module) -> Writing:
    """``decides(first, count)``: whether these guards of the path hold."""
    bits = _bits(module)
    w = Writing(module, "decides", 2)
    first, count = w.arguments
    with w.each(count) as index:
        check = w.nth(first, index, len(CheckWords) * BYTES)
        array = w.word(_of(w, check, CheckWords.PLACE))
        found = w.do(bits, w.word(array, ARRAY_DATA), _of(w, check, CheckWords.BYTES))
        found = w.builder.and_(found, _of(w, check, CheckWords.MASK))
        truth = w.builder.zext(w.differ(found, 0), WORD_TYPE)
        answer = w.builder.select(w.equal(_of(w, check, CheckWords.IS_TRUTH), 0), found, truth)
        w.give_if(w.differ(answer, _of(w, check, CheckWords.VALUE)), 0)
    w.give(1)
    return w


# -- results ---------------------------------------------------------------------------------------


def _make(module: ir.Module, slots: Slots, fits: Writing) -> Writing:
    """``make(door)``: allocate the outputs in the frame; how many could be."""
    new = _new(module, _spare(module, slots, fits))
    w = Writing(module, "make", 1)
    (door,) = w.arguments
    with w.each(_of(w, door, DoorWords.OUTPUTS)) as index:
        output = w.nth(_of(w, door, DoorWords.OUTPUT), index, _OUTPUT_BYTES)
        made = w.do(new, output)
        w.give_if(w.equal(made, 0), index)
        w.put(made, _of(w, output, OutputWords.PLACE))
    w.give(_of(w, door, DoorWords.OUTPUTS))
    return w


def _spare(module: ir.Module, slots: Slots, fits: Writing) -> Writing:
    """``spare(output)``: the array of a tensor that is replaced and that nobody else holds, if it fits; else 0."""
    w = Writing(module, "spare", 1)
    (output,) = w.arguments
    word = _of(w, output, OutputWords.SPARE)
    w.give_if(w.equal(word, 0), 0)
    held = w.word(word)
    w.give_if(
        w.either(w.differ(w.word(held, TYPE), w.of_world(World.TENSOR)), w.differ(w.half(held, REFERENCES), 1)), 0
    )
    nobody = (w.of_world(World.UNTRACKED), slots.node), (w.of_world(World.NONE), slots.kin)
    w.give_if(w.either(*(w.differ(w.word(held, place), expected) for expected, place in nobody)), 0)
    array = w.word(held, slots.value)
    w.give_if(w.differ(w.word(array, TYPE), w.of_world(World.ARRAY)), 0)
    w.give_if(w.builder.not_(_is_alone(w, array)), 0)
    w.give(w.builder.select(w.equal(w.do(fits, array, output), 1), array, WORD_TYPE(0)))
    return w


def _new(module: ir.Module, spare: Writing) -> Writing:
    """``new(output)``: an array for the program to write, or a copy of one."""
    w = Writing(module, "new", 1)
    (output,) = w.arguments
    free = w.do(spare, output)
    with w.builder.if_then(w.differ(free, 0)):
        w.ask(World.Py_IncRef, free)
        w.give(free)
    source = _of(w, output, OutputWords.SOURCE)
    with w.builder.if_then(w.differ(source, 0)):
        w.give(w.ask(World.PyArray_NewCopy, w.word(source), 0))
    dtype = _of(w, output, FormWords.DTYPE)
    w.ask(World.Py_IncRef, dtype)  # which is taken from us
    w.give(w.ask(World.PyArray_Empty, _of(w, output, FormWords.NDIM), _of(w, output, FormWords.SHAPE), dtype, 0))
    return w


def _drop(module: ir.Module) -> Writing:
    """``drop(door, made)``: release so many outputs."""
    w = Writing(module, "drop", 2)
    door, made = w.arguments
    with w.each(made) as index:
        output = w.nth(_of(w, door, DoorWords.OUTPUT), index, _OUTPUT_BYTES)
        w.ask(World.Py_DecRef, w.word(_of(w, output, OutputWords.PLACE)))
    w.give(0)
    return w


# -- the call --------------------------------------------------------------------------------------


def _run(module: ir.Module) -> Writing:
    """``run(door)``: run the program on the frame; 0 on success."""
    w = Writing(module, "run", 1)
    (door,) = w.arguments
    segment, frame = _of(w, door, DoorWords.SEGMENT), _of(w, door, DoorWords.FRAME)
    with w.builder.if_then(w.equal(_of(w, door, DoorWords.IS_LONG), 0)):
        w.give(w.builder.zext(w.call(segment, HALF_TYPE, frame), WORD_TYPE))
    thread = w.ask(World.PyEval_SaveThread)
    status = w.call(segment, HALF_TYPE, frame)
    w.ask(World.PyEval_RestoreThread, thread)
    w.give(w.builder.zext(status, WORD_TYPE))
    return w


def _release(module: ir.Module) -> Writing:
    """``release(first, count)``: drop the references of consecutive slots."""
    w = Writing(module, "release", 2)
    first, count = w.arguments
    with w.each(count) as index:
        w.ask(World.Py_DecRef, w.word(w.nth(first, index)))
    w.give(0)
    return w


def _give_back(module: ir.Module, built: Writing, commit: Writing, tell: Writing) -> Writing:
    """``give_back(door)``: build the result, and write the state."""
    w = Writing(module, "give_back", 1)
    (door,) = w.arguments
    result = w.do(built, _of(w, door, DoorWords.RESULTS))
    w.give_if(w.equal(result, 0), RAISED)
    for write, table in ((commit, DoorWords.WRITES), (tell, DoorWords.PYTHON)):
        with w.builder.if_then(w.equal(w.do(write, _of(w, door, table)), 0)):
            w.ask(World.Py_DecRef, result)
            w.give(RAISED)
    w.give(result)
    return w


def _finish(module: ir.Module, run: Writing, decides: Writing, give_back: Writing, dropped: Writing) -> Writing:
    """``finish(door, made)``: run, check the guards on outputs, and give back, if all outputs were allocated."""
    w = Writing(module, "finish", 2)
    door, made = w.arguments
    w.give_if(w.differ(made, _of(w, door, DoorWords.OUTPUTS)), RAISED)
    with w.builder.if_then(w.differ(w.do(run, door), 0)):
        w.give(w.builder.select(w.equal(w.ask(World.PyErr_Occurred), 0), WORD_TYPE(MISSED), WORD_TYPE(RAISED)))
    checks = w.do(decides, _of(w, door, DoorWords.CHECK_AFTER), _of(w, door, DoorWords.AFTER))
    w.give_if(w.equal(checks, 0), MISSED)
    w.put(w.at(_of(w, door, DoorWords.CALLS), 1), door, DoorWords.CALLS * BYTES)
    result = w.do(give_back, door)
    w.do(dropped, _of(w, door, DoorWords.RESULTS))
    w.give(result)
    return w


def _may_run(module: ir.Module, is_found: Writing, decides: Writing, are_unshared: Writing) -> Writing:
    """``may_run(door)``: whether the guards hold that are known before the program runs."""
    w = Writing(module, "may_run", 1)
    (door,) = w.arguments
    with w.builder.if_then(w.equal(w.do(is_found, _of(w, door, DoorWords.FACTS)), 0)):
        w.ask(World.PyErr_Clear)
        w.give(0)
    w.give_if(w.equal(w.do(are_unshared, _of(w, door, DoorWords.WRITES)), 0), 0)
    w.give(w.do(decides, _of(w, door, DoorWords.CHECK_BEFORE), _of(w, door, DoorWords.BEFORE)))
    return w


def _answer(module: ir.Module, may_run: Writing, make: Writing, finish: Writing, drop: Writing) -> Writing:
    """``answer(door, taken)``: the result of a call, if all its inputs were taken."""
    w = Writing(module, "answer", 2)
    door, taken = w.arguments
    w.give_if(w.differ(taken, _of(w, door, DoorWords.INPUTS)), MISSED)
    w.give_if(w.equal(w.do(may_run, door), 0), MISSED)
    made = w.do(make, door)
    result = w.do(finish, door, made)
    w.do(drop, door, made)
    w.give(result)
    return w


def _are_others(module: ir.Module) -> Writing:
    """``are_others(door)``: the alias guard."""
    w = Writing(module, "are_others", 1)
    (door,) = w.arguments
    with w.each(_of(w, door, DoorWords.DIFFERENT)) as index:
        row = w.nth(_of(w, door, DoorWords.OTHER), index, len(OtherWords) * BYTES)
        held, other = (w.word(_of(w, row, place)) for place in (OtherWords.PLACE, OtherWords.OTHER))
        w.give_if(w.equal(held, other), 0)
    w.give(1)
    return w


def _serve(
    module: ir.Module, ask: Writing, take: Writing, answer: Writing, release: Writing, forget: Writing
) -> Writing:
    """``serve(door)``: a call whose arguments are in their slots."""
    w = Writing(module, "serve", 1)
    (door,) = w.arguments
    python, result = _of(w, door, DoorWords.PYTHON), w.local()
    w.put(MISSED, result)
    with w.builder.if_then(w.differ(w.do(ask, python), 0)):
        taken = w.do(take, door)
        w.put(w.do(answer, door, taken), result)
        w.do(release, w.at(_of(w, door, DoorWords.FRAME), TUPLE_ITEMS), taken)
    w.do(forget, python)
    w.give(w.word(result))
    return w


def _open(module: ir.Module, unpack: Writing, are_others: Writing, serve: Writing) -> Writing:
    """``open_door(door, arguments, count, names)``: a call by a door that is not busy."""
    w = Writing(module, "open_door", 4)
    door, arguments, count, names = w.arguments
    table = _of(w, door, DoorWords.ARGUMENTS)
    w.give_if(w.equal(w.do(unpack, table, arguments, count, names), 0), MISSED)
    w.give_if(w.equal(w.do(are_others, door), 0), MISSED)
    w.give(w.do(serve, door))
    return w


def _serve_in_turn(module: ir.Module, serve: Writing) -> Writing:
    """``serve_in_turn(door, arguments, count, names)``: the same, while no other thread writes the same state."""
    w = Writing(module, "serve_in_turn", 4)
    door, arguments, count, names = w.arguments
    word = _of(w, door, DoorWords.LOCK)
    with w.builder.if_then(w.equal(word, 0)):
        w.give(w.do(serve, door, arguments, count, names))
    lock, words = w.word(word), w.local(2)
    w.ask(World.Py_IncRef, lock)
    w.put(lock, words)
    w.put(w.of_world(World.FALSE), words, BYTES)
    is_taken = w.ask(World.PyObject_VectorcallMethod, w.of_world(World.ACQUIRE), words, 2, 0)
    w.ask(World.Py_DecRef, is_taken)
    answer = w.local()
    w.put(MISSED, answer)
    with w.builder.if_then(w.equal(is_taken, w.of_world(World.TRUE))):
        w.put(w.do(serve, door, arguments, count, names), answer)
        w.ask(World.Py_DecRef, w.ask(World.PyObject_VectorcallMethod, w.of_world(World.RELEASE), words, 1, 0))
    w.ask(World.Py_DecRef, lock)
    w.give(w.word(answer))
    return w


def _enter(module: ir.Module, serve: Writing, let_go: Writing) -> Writing:
    """``enter(door, arguments, count, names, on)``: a call by one door, where `on` is the value of `ON`."""
    w = Writing(module, "enter", 5)
    door, arguments, count, names, on = w.arguments
    w.give_if(w.either(w.differ(on, _of(w, door, DoorWords.ON)), w.differ(_of(w, door, DoorWords.BUSY), 0)), MISSED)
    w.put(1, door, DoorWords.BUSY * BYTES)
    result = w.do(serve, door, arguments, count, names)
    table = _of(w, door, DoorWords.ARGUMENTS)
    w.do(let_go, _of(w, table, ArgumentsWords.INNER_SLOT), _of(w, table, ArgumentsWords.INNER))
    w.put(0, door, DoorWords.BUSY * BYTES)
    w.give(result)
    return w


def _try_doors(module: ir.Module, slots: Slots, enter: Writing) -> Writing:
    """``try_doors(doors, arguments, count, names)``: the result of the first door whose guards hold."""
    w = Writing(module, "try_doors", 4)
    doors, arguments, count, names = w.arguments
    w.give_if(w.equal(w.word(doors, LENGTH), 0), MISSED)
    answer = w.local()
    w.ask(World.PyContextVar_Get, w.of_world(World.ON), 0, answer)
    on = w.word(answer)
    w.give_if(w.equal(on, 0), RAISED)
    w.ask(World.Py_DecRef, on)  # it is compared only
    with w.each(w.word(doors, LENGTH)) as index:
        table = w.word(w.word(w.nth(doors, index), TUPLE_ITEMS), slots.table)
        result = w.do(enter, w.word(table, ARRAY_DATA), arguments, count, names, on)
        w.give_if(w.differ(result, MISSED), result)
    w.give(MISSED)
    return w


def _call(module: ir.Module, slots: Slots, try_doors: Writing) -> None:
    """The entry point: try the doors, else call the Python implementation."""
    w = Writing(module, "call", 4, linkage="external")
    compiled, arguments, count, names = w.arguments
    doors, observers = w.word(compiled, slots.doors), w.of_world(World.OBSERVERS)
    is_unobserved = w.equal(w.word(observers, LENGTH), 0)
    with w.builder.if_then(w.builder.and_(is_unobserved, w.differ(doors, 0))):
        w.ask(World.Py_IncRef, doors)
        result = w.do(try_doors, doors, arguments, count, names)
        w.ask(World.Py_DecRef, doors)
        w.give_if(w.differ(result, MISSED), result)
    method = w.ask(World.PyMethod_New, w.of_world(World.CALL), compiled)
    w.give_if(w.equal(method, 0), RAISED)
    result = w.ask(World.PyObject_Vectorcall, method, arguments, count, names)
    w.ask(World.Py_DecRef, method)
    w.give(result)
