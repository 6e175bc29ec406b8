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
    ///   - arguments: What it carries.
    ///   - namespace: The namespace's name, with its slash.
    ///   - id: Which acknowledgement is wanted, if one is.
    ///   - buffer: Where the text goes.
    ///   - attachments: Where the binary goes.
    ///   - options: How values become JSON.
    /// - Throws: ``ReservedEventName``, or what the arguments throw.
    package static func appendEvent<each Argument: Encodable>(
        _ name: String,
        _ arguments: repeat each Argument,
        namespace: String = "/",
        id: UInt64? = nil,
        into buffer: inout ByteBuffer,
        attachments: inout [[UInt8]],
        options: JSONEncodingOptions = JSONEncodingOptions()
    ) throws {
        try append(.binaryEvent, into: &buffer, attachments: &attachments) { buffer, found in
            try beginEvent(name, namespace: namespace, id: id, into: &buffer)
            for argument in repeat each arguments {
                buffer.append(UInt8(ascii: ","))
                try buffer.appendJSON(argument, attachments: &found, options: options)
            }
        }
    }

    /// Appends an event whose arguments are known only at run time, such as `RawJSON` on its way through.
    ///
    /// - Parameters:
    ///   - name: The event's name.
    ///   - arguments: What it carries.
    ///   - namespace: The namespace's name, with its slash.
    ///   - id: Which acknowledgement is wanted, if one is.
    ///   - buffer: Where the text goes.
    ///   - attachments: Where the binary goes.
    ///   - options: How values become JSON.
    /// - Throws: ``ReservedEventName``, or what the arguments throw.
    package static func appendEvent(
        _ name: String,
        arguments: [any Encodable],
        namespace: String = "/",
        id: UInt64? = nil,
        into buffer: inout ByteBuffer,
        attachments: inout [[UInt8]],
        options: JSONEncodingOptions = JSONEncodingOptions()
    ) throws {
        try append(.binaryEvent, into: &buffer, attachments: &attachments) { buffer, found in
            try beginEvent(name, namespace: namespace, id: id, into: &buffer)
            for argument in arguments {
                buffer.append(UInt8(ascii: ","))
                try buffer.appendJSON(argument, attachments: &found, options: options)
            }
        }
    }

    /// Appends the answer to an event.
    ///
    /// - Parameters:
    ///   - id: The event's id.
    ///   - arguments: What it carries.
    ///   - namespace: The namespace's name, with its slash.
    ///   - buffer: Where the text goes.
    ///   - attachments: Where the binary goes.
    ///   - options: How values become JSON.
    /// - Throws: What the arguments throw.
    package static func appendAck<each Argument: Encodable>(
        _ id: UInt64,
        _ arguments: repeat each Argument,
        namespace: String = "/",
        into buffer: inout ByteBuffer,
        attachments: inout [[UInt8]],
        options: JSONEncodingOptions = JSONEncodingOptions()
    ) throws {
        try append(.binaryAck, into: &buffer, attachments: &attachments) { buffer, found in
            appendHeader(.ack, namespace: namespace, id: id, into: &buffer)
            buffer.append(UInt8(ascii: "["))
            var isFirst = true
            for argument in repeat each arguments {
                if !isFirst { buffer.append(UInt8(ascii: ",")) }
                isFirst = false
                try buffer.appendJSON(argument, attachments: &found, options: options)
            }
        }
    }

    /// Appends the answer to an event, with arguments that are known only at run time.
    ///
    /// - Parameters:
    ///   - id: The event's id.
    ///   - arguments: What it carries.
    ///   - namespace: The namespace's name, with its slash.
    ///   - buffer: Where the text goes.
    ///   - attachments: Where the binary goes.
    ///   - options: How values become JSON.
    /// - Throws: What the arguments throw.
    package static func appendAck(
        _ id: UInt64,
        arguments: [any Encodable],
        namespace: String = "/",
        into buffer: inout ByteBuffer,
        attachments: inout [[UInt8]],
        options: JSONEncodingOptions = JSONEncodingOptions()
    ) throws {
        try append(.binaryAck, into: &buffer, attachments: &attachments) { buffer, found in
            appendHeader(.ack, namespace: namespace, id: id, into: &buffer)
            buffer.append(UInt8(ascii: "["))
            for (index, argument) in arguments.enumerated() {
                if index > 0 { buffer.append(UInt8(ascii: ",")) }
                try buffer.appendJSON(argument, attachments: &found, options: options)
            }
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

    private static func beginEvent(
        _ name: String,
        namespace: String,
        id: UInt64?,
        into buffer: inout ByteBuffer
    ) throws(ReservedEventName) {
        guard !EventName.isReserved(name) else { throw ReservedEventName(name) }
        appendHeader(.event, namespace: namespace, id: id, into: &buffer)
        buffer.append(UInt8(ascii: "["))
        buffer.appendJSON(string: name)
    }

    /// Appends a packet whose payload, up to the closing bracket, the body writes.
    ///
    /// The number of attachments stands in front, where nobody can know it before: a packet that has some is moved.
    private static func append(
        _ binaryType: PacketType,
        into buffer: inout ByteBuffer,
        attachments: inout [[UInt8]],
        _ body: (inout ByteBuffer, inout [[UInt8]]) throws -> Void
    ) throws {
        let start = buffer.count
        var found: [[UInt8]] = []
        do {
            try body(&buffer, &found)
        } catch {
            buffer.truncate(to: start)
            throw error
        }
        buffer.append(UInt8(ascii: "]"))
        guard !found.isEmpty else { return }
        let rest = buffer.bytes.extracting(start + 1..<buffer.count).array
        buffer.truncate(to: start)
        buffer.append(UInt8(ascii: "0") + binaryType.rawValue)
        buffer.append(decimal: found.count)
        buffer.append(UInt8(ascii: "-"))
        buffer.append(rest)
        attachments += found
    }
}
