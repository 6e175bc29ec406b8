private import CSimdJSON
import SIOBytes

/// Parses one document after the other, and owns what the last one became.
///
/// simdjson writes a document onto a tape of 64-bit words; ``JSONCursor`` reads it there. All memory is kept from one
/// document to the next, so a parser allocates nothing in the steady state; make one for each event loop.
@safe
package final class JSONParser {
    package let limits: JSONLimits
    private let handle: OpaquePointer

    /// The last document, read without asking the parser.
    let tape: JSONTape

    /// Made when first asked for, once a document; no document pays for a check of that.
    @exclusivity(unchecked) var sourceMap: SourceMap?
    @exclusivity(unchecked) var family: Family?

    /// What decoded the last value, for the next one.
    @exclusivity(unchecked) var decoding: JSONDecoding?

    package init(limits: JSONLimits = JSONLimits()) {
        self.limits = limits
        guard let handle = unsafe sio_json_create(limits.depth + 1) else {
            preconditionFailure("no memory for a parser")
        }
        unsafe self.handle = handle
        var document = unsafe sio_json_document()
        _ = unsafe sio_json_parse(handle, nil, 0, &document)
        let place = UnsafeMutablePointer<JSONTape.Document>.allocate(capacity: 1)
        tape = unsafe JSONTape(document: place)
        unsafe place.initialize(
            to: JSONTape.Document(
                words: document.tape, strings: document.strings, text: document.text, parser: self))
    }

    deinit {
        unsafe tape.document.deallocate()
        unsafe sio_json_destroy(handle)
    }

    /// Parses a document and forgets the one before it, cursors included.
    ///
    /// All that `JSON.stringify` can write is accepted, also what simdjson itself refuses: escapes of lone surrogates
    /// (read as U+FFFD) and integers of more than 64 bits (read as floating-point numbers).
    ///
    /// - Returns: The document's outermost value.
    package func parse(_ bytes: RawSpan) throws(JSONError) -> JSONCursor {
        forget()
        guard bytes.byteCount <= limits.documentBytes else { throw JSONError(.tooLong) }
        if capacity > limits.retainedBytes, bytes.byteCount <= limits.retainedBytes { release() }
        var outcome = unsafe load(bytes, with: sio_json_parse)
        unsafe tape.document.pointee.textCount = bytes.byteCount
        if outcome == SIO_JSON_INVALID, let substitute = JSONRewriter.rewrite(bytes) {
            outcome = unsafe load(substitute.bytes, with: sio_json_parse_instead)
        }
        switch outcome {
        case SIO_JSON_OK: break
        case SIO_JSON_TOO_DEEP: throw JSONError(.tooDeep)
        case SIO_JSON_INVALID_UTF8: throw JSONError(.invalidUTF8)
        case SIO_JSON_NO_MEMORY: throw JSONError(.outOfMemory)
        default: throw JSONError(.invalidSyntax)
        }
        let document = unsafe tape.document
        unsafe document.pointee.count = Int(truncatingIfNeeded: document.pointee.words[0] & TapeWord.valueMask)
        return JSONCursor(tape: tape, index: 1)
    }

    /// Lets the body read a document, with a parser of its own that lives that long.
    package static func reading<Result>(
        _ bytes: RawSpan, limits: JSONLimits = JSONLimits(), _ body: (JSONCursor) throws -> Result
    ) throws -> Result {
        let parser = JSONParser(limits: limits)
        defer { withExtendedLifetime(parser) {} }
        return try body(parser.parse(bytes))
    }

    /// The longest text, in bytes, that can be parsed without growing.
    package var capacity: Int { unsafe sio_json_capacity(handle) }

    /// Gives back all memory, and forgets the last document.
    package func release() {
        forget()
        unsafe sio_json_release(handle)
    }

    private func forget() {
        unsafe tape.document.pointee.generation &+= 1
        unsafe tape.document.pointee.count = 0
        unsafe tape.document.pointee.textCount = 0
        if unsafe sourceMap != nil { unsafe sourceMap = nil }
        if unsafe family != nil { unsafe family = nil }
    }

    private func load(
        _ bytes: RawSpan,
        with parse: (OpaquePointer?, UnsafePointer<UInt8>?, Int, UnsafeMutablePointer<sio_json_document>?) ->
            sio_json_outcome
    ) -> sio_json_outcome {
        var document = unsafe sio_json_document()
        let outcome = unsafe bytes.withUnsafeBytes { bytes in
            unsafe parse(handle, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, &document)
        }
        unsafe tape.document.pointee.words = document.tape
        unsafe tape.document.pointee.strings = document.strings
        unsafe tape.document.pointee.text = document.text
        unsafe tape.document.pointee.isASCII = document.is_ascii
        return outcome
    }
}
