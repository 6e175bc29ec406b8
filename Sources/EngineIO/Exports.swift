// What a user of this module needs of the modules below it.
@_exported public import struct SIOHTTP.HTTPHeaders
@_exported public import struct SIOHTTP.HTTPMethod
@_exported public import struct SIOHTTP.HTTPRequest
@_exported public import struct SIOHTTP.HTTPResponse
@_exported public import struct SIOHTTP.HTTPStatus
@_exported public import class SIONet.EventLoopGroup
@_exported public import class SIONet.HTTPServer
@_exported public import struct SIONet.NetworkError
@_exported public import struct SIONet.SocketAddress
@_exported public import enum SIONet.TerminationSignal
@_exported public import struct SIOWebSocket.PerMessageDeflate
