package import SIOBytes
package import SIOJSON

/// Writes packets (Socket.IO 5, "Packet encoding").
///
/// Binary within the arguments is taken out, and the packet becomes a binary one; `attachments` is appended to with
/// what has to follow as binary messages. When an argument cannot be encoded, buffer and attachments are as they were.
package enum PacketEncoder {
    // MARK: Events and acknowledgements

    /// Appends an event.
    ///
    /// - Parameters:
    ///   - name: The event's name.
    ///   - namespace: The namespace's name, with its slash.
    ///   - id: Which acknowledgement is wanted, if one is.
    ///   - buffer: Where the text goes.
    ///   - attachments: Where the binary goes.
    ///   - options: How values become JSON.
    ///   - arguments: Writes what the event carries.
    /// - Throws: ``ReservedEventName``, or what the arguments throw.
    package static func appendEvent(
        _ name: String,
        namespace: String = "/",
        id: UInt64? = nil,
        into buffer: inout ByteBuffer,
        attachments: inout [[UInt8]],
        options: JSONEncodingOptions = JSONEncodingOptions(),
        arguments: (inout ArgumentWriter) throws -> Void
    ) throws {
        guard !EventName.isReserved(name) else { throw ReservedEventName(name) }
        var writer = ArgumentWriter(options: options, isBehindElement: true)
        try append(.binaryEvent, into: &buffer, attachments: &attachments, with: &writer) { writer in
            appendHeader(.event, namespace: namespace, id: id, into: &writer.buffer)
            writer.buffer.append(UInt8(ascii: "["))
            writer.buffer.appendJSON(string: name)
            try arguments(&writer)
        }
    }

    /// Appends the answer to an event.
    ///
    /// - Parameters:
    ///   - id: The event's id.
    ///   - namespace: The namespace's name, with its slash.
    ///   - buffer: Where the text goes.
    ///   - attachments: Where the binary goes.
    ///   - options: How values become JSON.
    ///   - arguments: Writes what the answer carries.
    /// - Throws: What the arguments throw.
    package static func appendAck(
        _ id: UInt64,
        namespace: String = "/",
        into buffer: inout ByteBuffer,
        attachments: inout [[UInt8]],
        options: JSONEncodingOptions = JSONEncodingOptions(),
        arguments: (inout ArgumentWriter) throws -> Void
    ) rethrows {
        var writer = ArgumentWriter(options: options, isBehindElement: false)
        try append(.binaryAck, into: &buffer, attachments: &attachments, with: &writer) { writer in
            appendHeader(.ack, namespace: namespace, id: id, into: &writer.buffer)
            writer.buffer.append(UInt8(ascii: "["))
            try arguments(&writer)
        }
    }

    // MARK: Namespaces

    /// Appends a client's request to join a namespace.
    ///
    /// - Parameters:
    ///   - auth: What the server is told; it has to become a JSON object. Nil: nothing.
    ///   - namespace: The namespace's name, with its slash.
    ///   - buffer: Where the text goes.
    /// - Throws: `EncodingError` if `auth` is no object, or what it throws itself.
    package static func appendConnect(
        auth: (any Encodable)? = nil,
        namespace: String = "/",
        into buffer: inout ByteBuffer
    ) throws {
        let start = buffer.count
        appendHeader(.connect, namespace: namespace, id: nil, into: &buffer)
        guard let auth else { return }
        let payload = buffer.count
        do {
            try buffer.appendJSON(auth)
            guard buffer.bytes[payload] == UInt8(ascii: "{") else {
                let context = EncodingError.Context(codingPath: [], debugDescription: "auth has to be an object")
                throw EncodingError.invalidValue(auth, context)
            }
        } catch {
            buffer.truncate(to: start)
            throw error
        }
    }

    /// Appends a server's answer that a namespace is joined.
    ///
    /// - Parameters:
    ///   - sid: The socket's id.
    ///   - pid: The session's private id, if it can be recovered.
    ///   - namespace: The namespace's name, with its slash.
    ///   - buffer: Where the text goes.
    package static func appendConnected(
        sid: String,
        pid: String? = nil,
        namespace: String = "/",
        into buffer: inout ByteBuffer
    ) {
        appendHeader(.connect, namespace: namespace, id: nil, into: &buffer)
        buffer.append(#"{"sid":"#)
        buffer.appendJSON(string: sid)
        if let pid {
            buffer.append(#","pid":"#)
            buffer.appendJSON(string: pid)
        }
        buffer.append(UInt8(ascii: "}"))
    }

    /// Appends a server's answer that a namespace is not joined.
    ///
    /// - Parameters:
    ///   - message: Why.
    ///   - data: More about why.
    ///   - namespace: The namespace's name, with its slash.
    ///   - buffer: Where the text goes.
    /// - Throws: What `data` throws.
    package static func appendConnectError(
        _ message: String,
        data: (any Encodable)? = nil,
        namespace: String = "/",
        into buffer: inout ByteBuffer
    ) throws {
        let start = buffer.count
        appendHeader(.connectError, namespace: namespace, id: nil, into: &buffer)
        buffer.append(#"{"message":"#)
        buffer.appendJSON(string: message)
        if let data {
            do {
                buffer.append(#","data":"#)
                try buffer.appendJSON(data)
            } catch {
                buffer.truncate(to: start)
                throw error
            }
        }
        buffer.append(UInt8(ascii: "}"))
    }

    /// Appends the message that this side leaves a namespace.
    package static func appendDisconnect(namespace: String = "/", into buffer: inout ByteBuffer) {
        appendHeader(.disconnect, namespace: namespace, id: nil, into: &buffer)
    }

    // MARK: Parts

    private static func appendHeader(
        _ type: PacketType,
        namespace: String,
        id: UInt64?,
        into buffer: inout ByteBuffer
    ) {
        buffer.append(UInt8(ascii: "0") + type.rawValue)
        if namespace != "/" {
            buffer.append(namespace)
            buffer.append(UInt8(ascii: ","))
        }
        if let id { buffer.appendJSON(integer: id) }
    }

    /// Appends a packet whose payload, up to the closing bracket, the body writes.
    ///
    /// The number of attachments stands in front, where nobody can know it before: a packet that has some is moved.
    @inline(__always)
    private static func append(
        _ binaryType: PacketType,
        into buffer: inout ByteBuffer,
        attachments: inout [[UInt8]],
        with writer: inout ArgumentWriter,
        _ body: (inout ArgumentWriter) throws -> Void
    ) rethrows {
        let start = buffer.count
        swap(&writer.buffer, &buffer)
        defer { swap(&writer.buffer, &buffer) }
        do {
            try body(&writer)
        } catch {
            writer.buffer.truncate(to: start)
            throw error
        }
        writer.buffer.append(UInt8(ascii: "]"))
        guard !writer.attachments.isEmpty else { return }
        let rest = writer.buffer.bytes.extracting(start + 1..<writer.buffer.count).array
        writer.buffer.truncate(to: start)
        writer.buffer.append(UInt8(ascii: "0") + binaryType.rawValue)
        writer.buffer.append(decimal: writer.attachments.count)
        writer.buffer.append(UInt8(ascii: "-"))
        writer.buffer.append(rest)
        attachments += writer.attachments
    }
}
