/**
 * What python units find in the module `_flowunit`, as a text; see `python-guest.ts`.
 * @module
 */
import { PYTHON_BUFFER } from './python-buffer.ts'

/** Classes with the names and the methods of the original. */
export const PYTHON_MODULE =
  PYTHON_BUFFER +
  String.raw`

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


_opened, _rooms, _numbers = {}, {}, itertools.count()


class ExternalData:
    def __init__(self):
        self._number = next(_numbers)
        self._room = _rooms[self._number] = threading.Semaphore(0)
        self._config, self._begun, self._over = Configuration(), False, False
        self._session = _opened[self._number] = SessionContext('', self._config)

    def _tell(self, values, over):
        if self._over:
            return Status(StatusCode.STATUS_INVALID, 'the external data is closed')
        body = []
        head = {'source': self._number, 'external': _encode_all(values, body), 'over': over}
        if not self._begun:
            head['config'] = self._config._values
        self._begun, self._over = True, over
        _send(head, body)
        # The main thread is the one that hears of it.
        if over:
            _rooms.pop(self._number, None)
        elif threading.current_thread() is not threading.main_thread():
            self._room.acquire()
        return Status()

    def create_buffer_list(self):
        return BufferList()

    def send(self, buffers):
        return self._tell(buffers if isinstance(buffers, BufferList) else BufferList(buffers), False)

    def close(self):
        return self._tell([], True)

    def get_session_context(self):
        return self._session

    def get_session_config(self):
        return self._config


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

    def create_external_data(self):
        if not _IS_SOURCE:
            raise RuntimeError('only a unit without in-ports opens sessions')
        return ExternalData()
`
