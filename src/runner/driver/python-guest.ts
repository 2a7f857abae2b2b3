/**
 * The program of the process that python units run in, as a text: it is there also where the runner is one file.
 *
 * It is the module `_flowunit` (also `modelbox`) and a loop over frames. A frame: length of the head and of the body, 32 and
 * 64 bits little endian, a JSON head, the bytes of its buffers.
 * @module
 */
import { PYTHON_MODULE } from './python-module.ts'

/** Python 3.8 or later; arguments: folder, module, class, names of the out-ports as JSON, `source` or `unit`. */
export const PYTHON_GUEST =
  PYTHON_MODULE +
  String.raw`
def _logger(level):
    def log(*parts):
        _send({'log': level, 'text': ' '.join(str(each) for each in parts)}, [])
    return log


def _send(head, body):
    text = json.dumps(head, allow_nan=False).encode()
    with _lock:
        _out.write(struct.pack('<IQ', len(text), sum(len(each) for each in body)))
        _out.write(text)
        for each in body:
            _out.write(each)
        _out.flush()


def _receive():
    sizes = _in.read(12)
    if len(sizes) < 12:
        return None
    head_size, body_size = struct.unpack('<IQ', sizes)
    head = json.loads(_in.read(head_size))
    return head, _in.read(body_size)


def _decode(wire, body):
    if 'at' in wire:
        raw = body[wire['at']:wire['at'] + wire['size']]
        value = raw
        kind, meta = wire['kind'], wire.get('meta', {})
        if kind == 'text':
            value = raw.decode()
        elif numpy is not None and (kind != 'uint8' or 'shape' in meta):
            value = numpy.frombuffer(raw, _KINDS[kind][1])
            shape = meta.get('shape')
            if isinstance(shape, list) and shape and numpy.prod(shape) == value.size:
                value = value.reshape(shape)
        elif kind != 'uint8':
            value = array.array(_KINDS[kind][0], raw)
    else:
        value = wire.get('value')
    made = Buffer()
    made._value, made._meta, made._error = value, dict(wire.get('meta', {})), wire.get('error')
    return made


def _encode(buffer, body, at):
    value, wire = buffer._value, {'meta': buffer._meta}
    if buffer._error:
        wire['error'] = buffer._error
    raw = kind = None
    if isinstance(value, str):
        raw, kind = value.encode(), 'text'
    elif isinstance(value, bytes):
        raw, kind = value, 'uint8'
    elif isinstance(value, array.array):
        raw = value.tobytes()
        kind = next(name for name, (code, _) in _KINDS.items() if code == value.typecode)
    elif numpy is not None and isinstance(value, numpy.ndarray):
        raw, kind = value.tobytes(), _BY_DTYPE[value.dtype.name][0]
    if raw is None:
        wire['value'] = value
        return wire, 0
    wire.update(at=at, size=len(raw), kind=kind)
    body.append(raw)
    return wire, len(raw)


def _encode_all(values, body):
    wires, at = [], sum(len(each) for each in body)
    for each in values:
        wire, size = _encode(each, body, at)
        at += size
        wires.append(wire)
    return wires


def _check(status):
    if isinstance(status, Status):
        status, text = status.code(), ' -> '.join(status._messages())
    elif status is False:
        status, text = StatusCode.STATUS_FAULT, ''
    else:
        text = ''
    if status is None or status is True:
        status = 0
    if status in (StatusCode.STATUS_SUCCESS, StatusCode.STATUS_CONTINUE, StatusCode.STATUS_STOP, StatusCode.STATUS_SHUTDOWN):
        return {0: 'success', 22: 'continue'}.get(status, 'stop')
    known = isinstance(status, int) and 0 <= status < len(_NAMES)
    raise _Refusal(', '.join(each for each in (_WORDS[status] if known else 'status ' + str(status), text) if each))


class _Refusal(Exception):
    pass



_streams, _sessions, _unit = {}, {}, None


def _others():
    own = (threading.main_thread(), threading.current_thread())
    return [each for each in threading.enumerate() if each not in own]


def _watch():
    while _others():
        for each in _others():
            each.join()
    _send({'busy': False}, [])


def _handle(call, body):
    global _unit
    op = call['op']
    for table in (call.get('inputs', {}),):
        for name in table:
            table[name] = [_decode(each, body) for each in table[name]]
    if 'external' in call:
        call['external'] = [_decode(each, body) for each in call['external']]
    if op == 'open':
        _unit = getattr(importlib.import_module(sys.argv[2]), sys.argv[3])()
        if _check(_unit.open(Configuration(call.get('config')))) != 'success':
            raise RuntimeError('open did not answer STATUS_SUCCESS')
        if _IS_SOURCE and _others():
            _send({'busy': True}, [])
            threading.Thread(target=_watch, daemon=True).start()
        return {}, []
    if op == 'close':
        _unit.close()
        return {}, []
    if op == 'forget':
        _sessions.pop(call['session'], None)
        return {}, []
    stream = call.get('stream', 0)
    state = {} if stream == 0 else _streams.setdefault(stream, {})
    session = _sessions.get(call['session']) or _opened.pop(call.get('source'), None)
    if session is None:
        session = SessionContext(call['session'], Configuration(call.get('sessionConfig')))
    session._name = call['session']
    _sessions[call['session']] = session
    context = _Context(call, state, session)
    if op == 'begin':
        _check(_unit.data_group_pre(context))
        result = _check(_unit.data_pre(context))
    elif op == 'end':
        try:
            result = _check(_unit.data_post(context))
            _check(_unit.data_group_post(context))
        finally:
            _streams.pop(stream, None)
    else:
        result = _check(_unit.process(context))
    sent = []
    outputs = {name: _encode_all(values, sent) for name, values in context._outputs.items()}
    return {'outputs': outputs, 'outputMeta': context._output_meta, 'events': context.events, 'result': result}, sent


_module = types.ModuleType('_flowunit')
for _each in (Status, StatusCode, Buffer, BufferList, Configuration, FlowUnit, FlowUnitEvent, SessionContext, DataContext,
              DataMeta, Device, ExternalData):
    setattr(_module, _each.__name__, _each)
for _level, _text in (('debug', 'debug'), ('info', 'info'), ('notice', 'info'), ('warn', 'warning'), ('warning', 'warning'),
                      ('error', 'error'), ('fatal', 'error')):
    setattr(_module, _level, _logger(_text))
sys.modules['_flowunit'] = sys.modules['modelbox'] = _module
_OUTPUTS = json.loads(sys.argv[4])
_IS_SOURCE = sys.argv[5] == 'source'
sys.path.insert(0, sys.argv[1])

while True:
    _frame = _receive()
    if _frame is None:
        if _others():
            # Threads of the unit do not keep it.
            sys.stdout.flush()
            os._exit(0)
        break
    _head, _body = _frame
    if 'room' in _head:
        _room = _rooms.get(_head['room'])
        if _room:
            _room.release()
        continue
    try:
        _reply, _sent = _handle(_head['call'], _body)
        _send({'id': _head['id'], 'reply': _reply}, _sent)
    except BaseException as error:
        if isinstance(error, SystemExit):
            raise
        _text = str(error)
        if not isinstance(error, _Refusal):
            sys.stderr.write(traceback.format_exc())
            sys.stderr.flush()
            _text = type(error).__name__ + ': ' + _text
        _send({'id': _head['id'], 'reply': {'error': {'code': 'Unit.ProcessError', 'message': _text}}}, [])
`
