import Tensors
import Testing

@Suite struct MatrixProductTests {
    @Test("a product agrees with the definition", arguments: [(1, 1, 1), (7, 27, 16), (64, 459, 17), (33, 5, 1)])
    func definition(rows: Int, inner: Int, columns: Int) {
        let a = noise(rows * inner), b = noise(inner * columns, seed: 2)
        var c = [Float](repeating: .nan, count: rows * columns)
        MatrixProduct.multiply(a, b, into: &c, rows: rows, inner: inner, columns: columns)
        for row in 0..<rows {
            for column in 0..<columns {
                let exact = (0..<inner).reduce(0.0) {
                    $0 + Double(a[row * inner + $1]) * Double(b[$1 * columns + column])
                }
                #expect(abs(Double(c[row * columns + column]) - exact) < 1e-6 * Double(inner))
            }
        }
    }

    @Test("OpenBLAS says which kernels it uses")
    func coreName() {
        #expect(!MatrixProduct.coreName.isEmpty)
    }
}
