namespace SaeKernels.Metrics;

/// <summary>The check that what is merged is about one model.</summary>
internal static class LatentCount
{
    public static void RequireEqual(string where, int latents, int others)
    {
        if (latents != others)
        {
            throw new ArgumentException(
                $"{where}: both sides must have {latents} latents, but the other one has {others}. "
                + "Merge parts of one pass over one model.");
        }
    }
}
