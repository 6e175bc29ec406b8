package import SIOBytes

/// One value being encoded: what all its encoders and containers share.
final class JSONEncoding {
    let options: JSONEncodingOptions
    /// Binary found so far; nil where it is to be written into the text.
    var attachments: [[UInt8]]? {
        get { unsafe uncheckedAttachments }
        _modify { yield unsafe &uncheckedAttachments }
    }
    @exclusivity(unchecked) private var uncheckedAttachments: [[UInt8]]?

    /// Set where a container could not be refused, because `Encoder.container` does not throw.
    var failure: EncodingError?

    init(options: JSONEncodingOptions, attachments: [[UInt8]]?) {
        self.options = options
        unsafe uncheckedAttachments = attachments
    }
}

extension ByteBuffer {
    /// Appends the value as JSON.
    ///
    /// Binary goes into the text: `Data` and `JSONValue.binary` as base64 strings, `[UInt8]`
    /// as an array of numbers.
    ///
    /// - Throws: `EncodingError`, or what the value itself throws; the buffer is then as it was.
    package mutating func appendJSON<T: Encodable>(
        _ value: T,
        options: JSONEncodingOptions = JSONEncodingOptions()
    ) throws {
        guard appendScalar(value, options) != .written else { return }
        let encoding = JSONEncoding(options: options, attachments: nil)
        try append(value, encoding)
    }

    /// Appends the value as JSON, and takes binary out of it: `Data`, `[UInt8]` and `JSONValue.binary` become placeholders, numbered on from the attachments that are there, depth first.
    ///
    /// - Throws: `EncodingError`, or what the value itself throws; buffer and attachments are then as they were.
    package mutating func appendJSON<T: Encodable>(
        _ value: T,
        attachments: inout [[UInt8]],
        options: JSONEncodingOptions = JSONEncodingOptions()
    ) throws {
        guard appendScalar(value, options) != .written else { return }
        let encoding = JSONEncoding(options: options, attachments: attachments)
        try append(value, encoding)
        if let found = encoding.attachments { attachments = found }
    }

    private mutating func append<T: Encodable>(_ value: T, _ encoding: JSONEncoding) throws {
        let fragment = JSONFragment(encoding: encoding, path: [], depth: 0)
        fragment.keepContainers()
        defer { fragment.letGoOfContainers() }
        // Enough for most values, instead of growing six times.
        if capacity == 0 { reserve(256) }
        swap(&fragment.buffer, &self)
        defer { swap(&fragment.buffer, &self) }
        let mark = fragment.mark
        do {
            try fragment.write(value, key: .none)
            if let failure = encoding.failure { throw failure }
            fragment.close()
        } catch {
            fragment.rollBack(to: mark)
            throw error
        }
    }
}
