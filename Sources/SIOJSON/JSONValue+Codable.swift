import SIOBytes

extension JSONValue: Codable {
    /// Takes any value.
    ///
    /// From Socket.IO, placeholders of attachments become `.binary`; other decoders know no binary.
    public init(from decoder: any Decoder) throws {
        if let decoder = decoder as? JSONTapeDecoder {
            self = try decoder.decoding.value(at: decoder.index)
            return
        }
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(UInt64.self) {
            self = .unsigned(value)
        } else if let value = try? container.decode(Double.self) {
            self = .double(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            let members = try decoder.container(keyedBy: JSONKey.self)
            var object = JSONObject()
            for key in members.allKeys { object[key.stringValue] = try members.decode(JSONValue.self, forKey: key) }
            self = .object(object)
        }
    }

    /// Writes the value.
    ///
    /// To Socket.IO, `.binary` becomes an attachment; other encoders get an array of numbers.
    public func encode(to encoder: any Encoder) throws {
        if case .object(let members) = self {
            var container = encoder.container(keyedBy: JSONKey.self)
            for (name, value) in members { try container.encode(value, forKey: .name(name)) }
            return
        }
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .unsigned(let value): try container.encode(value)
        case .double(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let elements): try container.encode(elements)
        case .binary(let bytes): try container.encode(bytes)
        case .object: break
        }
    }

    /// What `value` is as JSON.
    ///
    /// - Throws: `EncodingError`, or what the value itself throws.
    public init<T: Encodable>(encoding value: T) throws {
        self = try RawJSON(encoding: value).decode(JSONValue.self)
    }

    /// Decodes the value into a type.
    ///
    /// - Throws: `DecodingError`, or what the type itself throws.
    public func decode<T: Decodable>(_ type: T.Type = T.self) throws -> T {
        try RawJSON(encoding: self).decode(type)
    }
}

extension JSONValue: CustomStringConvertible {
    /// The value as JSON, bytes in base64; numbers that JSON does not have are `null`, as in JavaScript.
    public var description: String {
        var buffer = ByteBuffer()
        var options = JSONEncodingOptions()
        options.nonFiniteNumbers = .null
        do {
            try buffer.appendJSON(self, options: options)
            return buffer.bytes.string
        } catch {
            return "\(error)"
        }
    }
}
