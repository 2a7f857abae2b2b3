/**
 * States, buffers and lists of them, as python units have them, as a text; see `python-guest.ts`.
 * @module
 */

/** The first part of the module; numbers are numpy arrays where numpy is installed. */
export const PYTHON_BUFFER = String.raw`
import array, importlib, itertools, json, os, struct, sys, threading, traceback, types

try:
    import numpy
except ImportError:
    numpy = None

_in = os.fdopen(3, 'rb')
_out = os.fdopen(4, 'wb')
_lock = threading.Lock()
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
_WORDS = """Success, Fault, Not found, Invalid argument, Try again, Bad config, Out of memory, Out of range, Already exists,
Internal error, Device or resource busy, Operation not permitted, Not supported, No data available, No space left,
No buffer space available, Value too large for defined data type, Operation now in progress,
Operation already in progress, Operation timed out, Out of streams resources, Request reset, Continue operation, Quota exceeded,
Stop operation, Shutdown operation, End of file, No such file or directory, Resource deadlock, No response,
Input/output error""".replace('\n', ' ').split(', ')
for _number, _name in enumerate(_NAMES):
    setattr(StatusCode, 'STATUS_' + _name, _number)


class Status:
    StatusCode = StatusCode

    def __init__(self, code=0, message=''):
        self._inner = code if isinstance(code, Status) else None
        if isinstance(code, Status):
            code = code._code
        elif isinstance(code, bool):
            code = 0 if code else 1
        self._code, self._message = code, message

    def code(self):
        return self._code

    def str_code(self):
        return _WORDS[self._code] if 0 <= self._code < len(_WORDS) else str(self._code)

    def errormsg(self):
        return self._message

    def set_errormsg(self, message):
        self._message = message

    def unwrap(self):
        return self._inner

    def _messages(self):
        return [each for each in (self._message,) if each] + ([] if self._inner is None else self._inner._messages())

    def wrap_errormsgs(self):
        return ', '.join(each for each in (self.str_code(), ' -> '.join(self._messages())) if each)

    def __str__(self):
        return 'code: %s, errmsg: %s' % (self.str_code(), self._message)

    def __bool__(self):
        return self._code == 0

    def __eq__(self, other):
        if isinstance(other, bool):
            return bool(self) == other
        return self._code == (other._code if isinstance(other, Status) else other)

    __hash__ = None


for _number, _name in enumerate(_NAMES):
    setattr(Status, 'STATUS_' + _name, _number)


class Device:
    def __init__(self, kind='cpu'):
        self._kind = kind

    def get_type(self):
        return self._kind

    def get_device_id(self):
        return '0'

    def get_device_desc(self):
        return self._kind


class ModelBoxDataType:
    UINT8, INT8, BOOL, INT16, UINT16 = 'uint8', 'int8', 'bool', 'int16', 'uint16'
    INT32, UINT32, INT64, UINT64, FLOAT, DOUBLE = 'int', 'uint', 'long', 'ulong', 'float', 'double'


class Buffer(ModelBoxDataType):
    ModelBoxDataType = ModelBoxDataType

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

    def get(self, key, *default):
        if key in self._meta or default:
            return self._meta.get(key, *default)
        raise ValueError('can not find buffer meta: ' + key)

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
`
