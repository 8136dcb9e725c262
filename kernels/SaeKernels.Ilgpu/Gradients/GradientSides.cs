using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>Which matrix's gradient is summed over entries: which rows are added, with which factors.</summary>
internal interface IGradientSide
{
    static abstract ArrayView<float> Matrix(LatentEntries entries);

    static abstract ArrayView<float> Segments(LatentEntries entries);

    static abstract int Columns(LatentEntries entries);

    static abstract long RowStart(LatentEntries entries, int entry);

    static abstract float Factor(LatentEntries entries, int entry, float auxScale);
}

/// <summary>∂W_dec[j] = Σ v · g, the gradient of the reconstruction g being scaled residuals.</summary>
internal readonly struct DecoderSide : IGradientSide
{
    public static ArrayView<float> Matrix(LatentEntries entries) => entries.Residuals;

    public static ArrayView<float> Segments(LatentEntries entries) => entries.DecoderSegments;

    public static int Columns(LatentEntries entries) => entries.DOut;

    public static long RowStart(LatentEntries entries, int entry)
    {
        int row = entries.Rows[entry];
        return (long)(row < entries.Batch ? row + entries.Shift : row) * entries.DOut;
    }

    public static float Factor(LatentEntries entries, int entry, float auxScale) =>
        GateView.ValueOf(entries.Gate, entries.Values[entry])
        * (entries.Rows[entry] < entries.Batch ? entries.Scale : auxScale);
}

/// <summary>∂W_enc[j] = Σ dz · x̃; entries of the auxiliary loss belong to the same inputs.</summary>
internal readonly struct EncoderSide : IGradientSide
{
    public static ArrayView<float> Matrix(LatentEntries entries) => entries.Input;

    public static ArrayView<float> Segments(LatentEntries entries) => entries.EncoderSegments;

    public static int Columns(LatentEntries entries) => entries.DIn;

    public static long RowStart(LatentEntries entries, int entry)
    {
        int row = entries.Rows[entry];
        return (long)(row < entries.Batch ? row : row - entries.Batch) * entries.DIn;
    }

    public static float Factor(LatentEntries entries, int entry, float auxScale) =>
        LatentEntries.OfInput(entries, entry, entries.GradEntries[entry]);
}
