import SIOHTTP

/// An address that no client can connect to.
public struct InvalidURL: Error, Sendable, CustomStringConvertible {
    /// The address.
    public let url: String
    /// What is wrong with it.
    public let description: String

    static func checking(_ url: String) throws(InvalidURL) -> HTTPURL {
        do throws(HTTPURLError) {
            return try HTTPURL(url)
        } catch {
            throw InvalidURL(url: url, description: error.rawValue)
        }
    }
}
