/**
 * What python units find in the module `_flowunit`, as a text; see `python-guest.ts`.
 * @module
 */

/** Classes with the names and the methods of the original; numbers are numpy arrays where numpy is installed. */
export const PYTHON_MODULE = String.raw`
import array, importlib, json, os, struct, sys, traceback, types

try:
    import numpy
except ImportError:
    numpy = None

_in = os.fdopen(3, 'rb')
_out = os.fdopen(4, 'wb')
_KINDS = {'float': ('f', 'float32'), 'double': ('d', 'float64'), 'uint8': ('B', 'uint8'), 'int8': ('b', 'int8'),
          'uint16': ('H', 'uint16'), 'int16': ('h', 'int16'), 'uint': ('I', 'uint32'), 'int': ('i', 'int32'),
          'long': ('q', 'int64'), 'ulong': ('Q', 'uint64')}
_BY_DTYPE = {dtype: (kind, code) for kind, (code, dtype) in _KINDS.items()}
_BY_DTYPE['bool'] = ('uint8', 'B')


class StatusCode:
    pass


_NAMES = ('SUCCESS FAULT NOTFOUND INVALID AGAIN BADCONF NOMEM RANGE EXIST INTERNAL BUSY PERMIT NOTSUPPORT NODATA NOSPACE '
          'NOBUFS OVERFLOW INPROGRESS ALREADY TIMEDOUT NOSTREAM RESET CONTINUE EDQUOT STOP SHUTDOWN EOF NOENT DEADLOCK '
          'NORESPONSE IO').split()
for _number, _name in enumerate(_NAMES):
    setattr(StatusCode, 'STATUS_' + _name, _number)


class Status:
    StatusCode = StatusCode

    def __init__(self, code=0, message=''):
        self._code, self._message = code, message

    def code(self):
        return self._code

    def errormsg(self):
        return self._message

    def __bool__(self):
        return self._code == 0

    def __eq__(self, other):
        return self._code == (other._code if isinstance(other, Status) else other)

    __hash__ = None


for _number, _name in enumerate(_NAMES):
    setattr(Status, 'STATUS_' + _name, _number)


class Device:
    def __init__(self, kind='cpu'):
        self._kind = kind

    def get_type(self):
        return self._kind


class Buffer:
    def __init__(self, device=None, value=None, **_):
        if value is None and not isinstance(device, Device):
            value = device
        self._meta, self._error = {}, None
        self._set(value)

    def _set(self, value):
        if isinstance(value, Buffer):
            self._meta, self._error, value = dict(value._meta), value._error, value._value
        if numpy is not None and isinstance(value, numpy.ndarray):
            if value.dtype.name not in _BY_DTYPE:
                raise TypeError('a buffer holds no numpy array of the type ' + value.dtype.name)
            self._meta['shape'] = list(value.shape)
            self._meta['type'] = _BY_DTYPE[value.dtype.name][0]
        elif numpy is not None and isinstance(value, numpy.generic):
            value = value.item()
        elif isinstance(value, (bytearray, memoryview)):
            value = bytes(value)
        self._value = value

    def as_object(self):
        value = self._value
        if isinstance(value, bytes) and 'shape' not in self._meta:
            try:
                return value.decode()
            except UnicodeDecodeError:
                return value
        return value

    def as_bytes(self):
        value = self._value
        if isinstance(value, str):
            return value.encode()
        if isinstance(value, bytes):
            return value
        if isinstance(value, array.array) or hasattr(value, 'tobytes'):
            return value.tobytes()
        return json.dumps(value).encode()

    def __array__(self, dtype=None, copy=None):
        if numpy is None:
            raise TypeError('numpy is not installed')
        value = self._value
        if isinstance(value, bytes):
            value = numpy.frombuffer(value, numpy.uint8)
        found = numpy.asarray(value)
        return found if dtype is None else found.astype(dtype)

    def __str__(self):
        return str(self.as_object())

    def get_bytes(self):
        return len(self.as_bytes())

    def get(self, key, default=None):
        return self._meta.get(key, default)

    def set(self, key, value):
        if numpy is not None and isinstance(value, (numpy.ndarray, numpy.generic)):
            value = value.tolist()
        self._meta[key] = value
        return True

    def copy_meta(self, other):
        for key, value in other._meta.items():
            if key not in ('shape', 'type'):
                self._meta[key] = value
        return Status()

    def has_error(self):
        return self._error is not None

    def set_error(self, code, message):
        self._error = {'code': str(code), 'message': str(message)}

    def get_error_code(self):
        return self._error['code'] if self._error else ''

    def get_error_msg(self):
        return self._error['message'] if self._error else ''

    def get_device(self):
        return Device()


class BufferList:
    def __init__(self, device=None, values=None):
        if values is None and not isinstance(device, Device):
            values = device
        self._items = [each if isinstance(each, Buffer) else Buffer(each) for each in values or []]

    def build(self, sizes, *_):
        self._items = [Buffer(bytes(size)) for size in sizes]
        return Status()

    def push_back(self, value):
        values = value if isinstance(value, (list, BufferList)) else [value]
        self._items.extend(each if isinstance(each, Buffer) else Buffer(each) for each in values)
        return Status()

    def size(self):
        return len(self._items)

    def front(self):
        return self._items[0]

    def back(self):
        return self._items[-1]

    def at(self, index):
        return self._items[index]

    def set(self, key, value):
        for each in self._items:
            each.set(key, value)

    def copy_meta(self, others):
        for each, other in zip(self._items, others):
            each.copy_meta(other)
        return Status()

    def get_bytes(self):
        return sum(each.get_bytes() for each in self._items)

    def __len__(self):
        return len(self._items)

    def __getitem__(self, index):
        return self._items[index]

    def __setitem__(self, index, value):
        self._items[index] = value if isinstance(value, Buffer) else Buffer(value)

    def __iter__(self):
        return iter(self._items)


def _truth(text):
    return text.strip().lower() in ('true', '1', 'yes', 'on')


class Configuration:
    def __init__(self, values=None):
        self._values = dict(values or {})

    def _one(self, key, default, kind):
        return kind(self._values[key]) if key in self._values else default

    def _many(self, key, default, kind):
        if key not in self._values:
            return default
        return [kind(each.strip()) for each in self._values[key].split(',') if each.strip() != '']

    def get_string(self, key, default=''):
        return self._one(key, default, str)

    def get_int(self, key, default=0):
        return self._one(key, default, int)

    def get_float(self, key, default=0.0):
        return self._one(key, default, float)

    def get_bool(self, key, default=False):
        return self._one(key, default, _truth)

    def get_string_list(self, key, default=()):
        return self._many(key, list(default), str)

    def get_int_list(self, key, default=()):
        return self._many(key, list(default), int)

    def get_float_list(self, key, default=()):
        return self._many(key, list(default), float)

    def get_bool_list(self, key, default=()):
        return self._many(key, list(default), _truth)

    def contain(self, key):
        return key in self._values

    def get_keys(self):
        return list(self._values)

    def set(self, key, value):
        joined = ','.join(str(each) for each in value) if isinstance(value, (list, tuple)) else str(value)
        self._values[key] = joined


class _Private:
    def __init__(self):
        self._kept = {}

    def set_private(self, key, value):
        self._kept[key] = value

    def get_private(self, key):
        return self._kept.get(key)

    set_private_string = set_private_int = set_private
    get_private_string = get_private_int = get_private


class DataMeta:
    def __init__(self, values=None):
        self._values = dict(values or {})

    def set(self, key, value):
        self._values[key] = value

    set_private_string = set_private_int = set

    def get(self, key, default=None):
        return self._values.get(key, default)

    get_private_string = get_private_int = get


class FlowUnitEvent(_Private):
    pass


class SessionContext(_Private):
    def __init__(self, name, config):
        super().__init__()
        self._name, self._config = name, config

    def get_session_id(self):
        return self._name

    def get_session_config(self):
        return self._config


class DataContext(_Private):
    pass


class _Context(DataContext):
    def __init__(self, call, state, session):
        self._kept = state
        self._session, self._config = session, Configuration(call.get('sessionConfig'))
        self._inputs = {name: BufferList(values) for name, values in call.get('inputs', {}).items()}
        self._external = BufferList(call.get('external'))
        self._outputs = {name: BufferList() for name in _OUTPUTS}
        self._input_meta, self._output_meta, self.events = call.get('inputMeta', {}), {}, []
        self._event = None
        if call.get('event') is not None:
            self._event = FlowUnitEvent()
            self._event._kept = call['event']

    def _port(self, ports, name):
        if name not in ports:
            raise KeyError('the unit has no port "%s": it has %s' % (name, ', '.join(ports)))
        return ports[name]

    def input(self, name):
        return self._port(self._inputs, name)

    def output(self, name):
        return self._port(self._outputs, name)

    def external(self):
        return self._external

    def event(self):
        return self._event

    def send_event(self, event):
        self.events.append(event._kept)

    def has_error(self):
        return any(each.has_error() for values in self._inputs.values() for each in values)

    def get_input_meta(self, name):
        return DataMeta(self._input_meta.get(name))

    def set_output_meta(self, name, meta):
        self._output_meta[name] = meta._values

    def get_session_config(self):
        return self._config

    def get_session_context(self):
        return self._session


class FlowUnit:
    def __init__(self):
        pass

    def open(self, config):
        return StatusCode.STATUS_SUCCESS

    def close(self):
        return StatusCode.STATUS_SUCCESS

    def data_pre(self, data_context):
        return StatusCode.STATUS_SUCCESS

    def data_post(self, data_context):
        return StatusCode.STATUS_SUCCESS

    def data_group_pre(self, data_context):
        return StatusCode.STATUS_SUCCESS

    def data_group_post(self, data_context):
        return StatusCode.STATUS_SUCCESS

    def get_bind_device(self):
        return Device()

    def create_buffer(self, value):
        return Buffer(value)
`
