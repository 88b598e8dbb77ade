import CMosquitto

/// One MQTT connection over libmosquitto, driven by the simulator's own loop: no thread, no surprise.
@safe final class MQTTClient {
    /// What the callbacks, which get only a pointer, leave behind.
    private final class Flags {
        var isUp = false
        var cameUp = false
    }

    let name: String
    private let host: String
    private let port: Int
    private let handle: OpaquePointer
    private let flags = Flags()
    private var retryAt = 0.0
    private var isOpen = false

    /// Prepares a connection; it is made by `keepUp`.
    init?(name: String, host: String, port: Int, will: (topic: String, payload: String, isRetained: Bool)) {
        self.name = name
        self.host = host
        self.port = port
        mosquitto_lib_init()
        let pointer = unsafe Unmanaged.passUnretained(flags).toOpaque()
        guard let handle = unsafe mosquitto_new(name, true, pointer) else { return nil }
        unsafe self.handle = handle
        let payload = Array(will.payload.utf8)
        unsafe mosquitto_will_set(handle, will.topic, Int32(payload.count), payload, 1, will.isRetained)
        unsafe mosquitto_connect_callback_set(handle) { _, pointer, code in
            guard let pointer = unsafe pointer else { return }
            let flags = unsafe Unmanaged<Flags>.fromOpaque(pointer).takeUnretainedValue()
            flags.isUp = code == 0
            flags.cameUp = code == 0
        }
        unsafe mosquitto_disconnect_callback_set(handle) { _, pointer, _ in
            guard let pointer = unsafe pointer else { return }
            unsafe Unmanaged<Flags>.fromOpaque(pointer).takeUnretainedValue().isUp = false
        }
    }

    deinit {
        unsafe mosquitto_destroy(handle)
        mosquitto_lib_cleanup()
    }

    /// Whether the broker has accepted the connection and it still stands.
    var isUp: Bool { flags.isUp }

    /// The socket to wait on, if there is one.
    var socketNumber: Int32? {
        guard isOpen else { return nil }
        let number = unsafe mosquitto_socket(handle)
        return number >= 0 ? number : nil
    }

    var wantsToWrite: Bool { unsafe isOpen && mosquitto_want_write(handle) }

    /// Connects when it is time to; true exactly once after every time the connection came up.
    func keepUp(now: Double) -> Bool {
        if !isOpen, now >= retryAt {
            retryAt = now + 1
            isOpen = unsafe mosquitto_connect(handle, host, Int32(port), 30) == MOSQ_ERR_SUCCESS.rawValue
        }
        if isOpen { check(unsafe mosquitto_loop_misc(handle), now: now) }
        defer { flags.cameUp = false }
        return flags.cameUp
    }

    func serve(canRead: Bool, canWrite: Bool, now: Double) {
        if canRead { check(unsafe mosquitto_loop_read(handle, 1), now: now) }
        if isOpen, canWrite { check(unsafe mosquitto_loop_write(handle, 1), now: now) }
    }

    /// Sends with quality of service 1; a message that meets no connection is lost, as on a real device.
    func publish(topic: String, payload: String, isRetained: Bool) {
        guard isUp else { return }
        let bytes = Array(payload.utf8)
        _ = unsafe mosquitto_publish(handle, nil, topic, Int32(bytes.count), bytes, 1, isRetained)
    }

    /// Loses the connection without a farewell, so that the broker announces the last will.
    func cut(now: Double) {
        if let number = socketNumber { Descriptor(number, isOwned: false).cut() }
        check(unsafe mosquitto_loop_read(handle, 1), now: now)
        isOpen = false
        flags.isUp = false
        flags.cameUp = false
    }

    private func check(_ code: Int32, now: Double) {
        guard code != MOSQ_ERR_SUCCESS.rawValue else { return }
        isOpen = false
        flags.isUp = false
        retryAt = now + 1
    }
}
