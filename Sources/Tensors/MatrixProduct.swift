internal import CKernels
internal import COpenBLAS
internal import Glibc

/// Plain matrix products through OpenBLAS, on the calling thread only: sharing out is the `ComputePool`'s.
public enum MatrixProduct {
    /// The kernels in use, for provenance, e.g. "SkylakeX".
    public static let coreName: String = prepare()

    private static let avx512Cores: Set<String> = ["SkylakeX", "Cooperlake", "Sapphirerapids"]

    /// c = a b: row-major matrices without gaps, a is rows x inner, b is inner x columns.
    public static func multiply(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into c: UnsafeMutablePointer<Float>, rows: Int,
        inner: Int,
        columns: Int
    ) {
        _ = coreName
        cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(rows), Int32(columns), Int32(inner), 1, a, Int32(inner), b,
            Int32(columns), 0, c, Int32(columns))
    }

    /// One thread, and the right kernels: OpenBLAS 0.3.21 takes newer AMD CPUs for Haswell and then runs at half speed.
    /// It reads OPENBLAS_CORETYPE when it is loaded, before any code of ours, so it is started again with the variable
    /// set.
    private static func prepare() -> String {
        if getenv("OPENBLAS_CORETYPE") == nil, ck_kernels_named("avx512") != nil, !avx512Cores.contains(currentCore()) {
            gotoblas_quit()
            setenv("OPENBLAS_CORETYPE", "SkylakeX", 1)
            gotoblas_init()
        }
        openblas_set_num_threads(1)
        return currentCore()
    }

    private static func currentCore() -> String {
        String(cString: openblas_get_corename())
    }
}
