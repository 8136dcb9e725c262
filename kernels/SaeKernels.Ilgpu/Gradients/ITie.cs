using ILGPU;

namespace SaeKernels.Ilgpu;

/// <summary>Whether encoder and decoder are one matrix; a kernel is compiled for each.</summary>
internal interface ITie
{
    /// <summary>1 where they are, so that a row takes both gradients, else 0.</summary>
    static abstract int IsTied { get; }

    /// <summary>
    /// Adds what the encoder's gradient has along the latent's row to what is taken off it; called in kernels, by all
    /// threads of a group together.
    /// </summary>
    static abstract LatentVisit.LatentSums AddAlong<TPack>(
        LatentEntries entries, int latent, LatentVisit.LatentSums sums, GroupMemory memory)
        where TPack : unmanaged, IPack<TPack>;

    /// <summary>Adds the encoder's gradient to a pack of the decoder's.</summary>
    static abstract TPack AddEncoder<TPack>(
        LatentEntries entries, LatentVisit.LatentSums sums, int column, TPack gradient)
        where TPack : unmanaged, IPack<TPack>;
}

/// <summary>Two matrices.</summary>
internal readonly struct Untied : ITie
{
    public static int IsTied => 0;

    public static LatentVisit.LatentSums AddAlong<TPack>(
        LatentEntries entries, int latent, LatentVisit.LatentSums sums, GroupMemory memory)
        where TPack : unmanaged, IPack<TPack> => sums;

    public static TPack AddEncoder<TPack>(
        LatentEntries entries, LatentVisit.LatentSums sums, int column, TPack gradient)
        where TPack : unmanaged, IPack<TPack> => gradient;
}

/// <summary>One matrix.</summary>
internal readonly struct Tied : ITie
{
    public static int IsTied => 1;

    public static LatentVisit.LatentSums AddAlong<TPack>(
        LatentEntries entries, int latent, LatentVisit.LatentSums sums, GroupMemory memory)
        where TPack : unmanaged, IPack<TPack>
    {
        // No condition around the barriers of the reduction: PoCL 6 corrupts memory there.
        int columns = entries.IsProjected != 0 ? entries.DIn : 0;
        float along = 0;
        for (int d = Group.IdxX * TPack.Width; d < columns; d += Group.DimX * TPack.Width)
        {
            TPack weights = TPack.Load(entries.WDec, ((long)latent * entries.DOut) + d);
            along = TPack.AddProducts(along, LatentEntries.EncoderGradient<TPack>(entries, sums, d), weights);
        }

        sums.Along += GroupReduction.Sum(memory.Numbers, along);
        return sums;
    }

    public static TPack AddEncoder<TPack>(
        LatentEntries entries, LatentVisit.LatentSums sums, int column, TPack gradient)
        where TPack : unmanaged, IPack<TPack> =>
        TPack.AddScaled(gradient, 1, LatentEntries.EncoderGradient<TPack>(entries, sums, column));
}
