package import SIOBytes
import SIOJSON

/// Writes packets (Socket.IO 5, "Packet encoding").
///
/// Binary within the arguments is taken out, and the packet becomes a binary one; `attachments` is appended to with
/// what has to follow as binary messages. When an argument cannot be encoded, buffer and attachments are as they were.
package enum PacketEncoder {
    // MARK: Events and acknowledgements

    /// Writes an event.
    ///
    /// - Parameters:
    ///   - name: The event's name.
    ///   - namespace: The namespace's name, with its slash.
    ///   - id: Which acknowledgement is wanted, if one is.
    ///   - writer: Where the packet goes; it has to be one without attachments so far.
    ///   - arguments: Writes what the event carries.
    /// - Throws: ``ReservedEventName``, or what the arguments throw.
    package static func appendEvent(
        _ name: String,
        namespace: String = "/",
        id: UInt64? = nil,
        to writer: inout PacketWriter,
        arguments: (inout PacketWriter) throws -> Void = { _ in }
    ) throws {
        let start = writer.buffer.count
        try writer.begin(event: name, namespace: namespace, id: id)
        do {
            try arguments(&writer)
        } catch {
            writer.rollBack(to: start)
            throw error
        }
        if id == nil, writer.offset != nil { writer.appendOffset() }
        writer.end(.binaryEvent, from: start)
    }

    /// Writes the answer to an event.
    ///
    /// - Parameters:
    ///   - id: The event's id.
    ///   - namespace: The namespace's name, with its slash.
    ///   - writer: Where the packet goes; it has to be one without attachments so far.
    ///   - arguments: Writes what the answer carries.
    /// - Throws: What the arguments throw.
    package static func appendAck(
        _ id: UInt64,
        namespace: String = "/",
        to writer: inout PacketWriter,
        arguments: (inout PacketWriter) throws -> Void = { _ in }
    ) rethrows {
        let start = writer.buffer.count
        writer.begin(ack: id, namespace: namespace)
        do {
            try arguments(&writer)
        } catch {
            writer.rollBack(to: start)
            throw error
        }
        writer.end(.binaryAck, from: start)
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

    /// Appends a client's request to join a namespace, whose `auth` is JSON already.
    ///
    /// - Parameters:
    ///   - auth: The text of a JSON object; nil: nothing.
    ///   - privateID: What names the session that is to be recovered, if one is.
    ///   - offset: The last event of that session that was received, if one was.
    ///   - namespace: The namespace's name, with its slash.
    ///   - buffer: Where the text goes.
    package static func appendConnect(
        json auth: [UInt8]?,
        privateID: String?,
        offset: String?,
        namespace: String,
        into buffer: inout ByteBuffer
    ) {
        appendHeader(.connect, namespace: namespace, id: nil, into: &buffer)
        guard let privateID else { return auth.map { buffer.append($0) } ?? () }
        buffer.append(#"{"pid":"#)
        buffer.appendJSON(string: privateID)
        if let offset {
            buffer.append(#","offset":"#)
            buffer.appendJSON(string: offset)
        }
        // Behind it, so that what the application says counts, as in the reference.
        let rest = auth?.dropFirst().drop { $0 <= UInt8(ascii: " ") } ?? []
        if let first = rest.first, first != UInt8(ascii: "}") {
            buffer.append(UInt8(ascii: ","))
            buffer.append(Array(rest))
        } else {
            buffer.append(UInt8(ascii: "}"))
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

    /// Appends a server's answer that a namespace is joined, for clients that know the socket's id by themselves.
    package static func appendConnected(namespace: String, into buffer: inout ByteBuffer) {
        appendHeader(.connect, namespace: namespace, id: nil, into: &buffer)
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

    /// Appends a server's answer that a namespace is not joined, as clients of Engine.IO's third version take it.
    ///
    /// - Parameters:
    ///   - value: Why: a text, or whatever else.
    ///   - namespace: The namespace's name, with its slash.
    ///   - buffer: Where the text goes.
    /// - Throws: What `value` throws.
    package static func appendConnectError(
        bare value: some Encodable,
        namespace: String = "/",
        into buffer: inout ByteBuffer
    ) throws {
        let start = buffer.count
        appendHeader(.connectError, namespace: namespace, id: nil, into: &buffer)
        do {
            try buffer.appendJSON(value)
        } catch {
            buffer.truncate(to: start)
            throw error
        }
    }

    /// Appends the message that this side leaves a namespace.
    package static func appendDisconnect(namespace: String = "/", into buffer: inout ByteBuffer) {
        appendHeader(.disconnect, namespace: namespace, id: nil, into: &buffer)
    }

    // MARK: Parts

    static func appendHeader(
        _ type: PacketType,
        namespace: String,
        id: UInt64?,
        into buffer: inout ByteBuffer
    ) {
        buffer.append(UInt8(ascii: "0") + type.rawValue)
        // Anything else than the slash alone.
        if namespace.utf8.count > 1 {
            buffer.append(namespace)
            buffer.append(UInt8(ascii: ","))
        }
        if let id { buffer.append(decimal: id) }
    }
}
