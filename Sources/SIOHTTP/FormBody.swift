import SIOBytes

/// The body of a request that a form made (`application/x-www-form-urlencoded`): items as a query has them.
package enum FormBody {
    /// The value of the first item of the name, decoded; nil if there is none.
    ///
    /// Only the first ``HTTPLimits/maxQueryItems`` items are looked at.
    package static func item(_ name: String, in body: [UInt8]) -> String? {
        let bytes = unsafe body.span.bytes
        var scanner = QueryScanner()
        var count = 0
        while count < HTTPLimits.maxQueryItems, let item = scanner.next(in: bytes) {
            if QueryScanner.stands(bytes.extracting(item.name), for: name) {
                return QueryScanner.decode(bytes.extracting(item.value))
            }
            count += 1
        }
        return nil
    }
}
