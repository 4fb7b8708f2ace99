/// What this implementation calls itself in associations and file meta information (PS3.7 §D.3.3.2, PS3.10 §7.1).
public enum Implementation {
    /// Made once for this project under the root 2.25 (PS3.5 §B.2).
    public static let classUID = "2.25.28186020070109704309480022499839959665"
    /// At most 16 characters.
    public static let versionName = "FOVEA_0_1"
}
