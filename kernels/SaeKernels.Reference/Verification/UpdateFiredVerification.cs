using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>Verifies <see cref="IComputeBackend.UpdateFired"/>: whole numbers, exactly.</summary>
internal static class UpdateFiredVerification
{
    private const long DeadAfterTokens = 5_000_000_000;

    public static IEnumerable<VerificationResult> Run(IComputeBackend candidate, VerificationShape shape)
    {
        yield return Check(candidate, shape, counted: false);
        yield return Check(candidate, shape, counted: true);
    }

    private static VerificationResult Check(IComputeBackend candidate, VerificationShape shape, bool counted)
    {
        VerificationInputs inputs = new(shape);
        HostCodes codes = inputs.Codes(shape.Batch, shape.DSae, shape.K, rowsVary: true);
        // Some counts just below the limit: the batch decides about them.
        long[] counts = [.. inputs.Counts(shape.DSae, 2 * Math.Max(1, shape.Batch)).Select(
            count => count + DeadAfterTokens - (2 * shape.Batch))];
        Comparison comparison = new(nameof(IComputeBackend.UpdateFired), shape, counted ? "counted" : "");
        HostList list = HostList.Of(codes, null, shape.DSae);
        int[] activeRows =
            [.. Enumerable.Range(0, shape.DSae).Select(latent => list.Offsets[latent + 1] - list.Offsets[latent])];
        using Workbench bench = new(candidate, comparison);
        WorkbenchBuffer<long> tokensSinceFired = bench.Longs("TokensSinceFired", counts);
        WorkbenchBuffer<int> deadMask =
            bench.Ints("DeadMask", [.. Enumerable.Repeat(-1, shape.DSae)], isConstant: false);
        WorkbenchBuffer<float> deadLatents = bench.Output("DeadLatents", 1);
        WorkbenchBuffer<float> l0 = bench.Output("L0", 1);
        UpdateFiredArguments arguments = new()
        {
            Rows = shape.Batch,
            Latents = shape.DSae,
            Codes = counted ? null : bench.Codes("Codes", codes),
            ActiveRows = counted ? bench.Ints("ActiveRows", activeRows, isConstant: true).Ints : null,
            TokensSinceFired = tokensSinceFired.Longs,
            DeadAfterTokens = DeadAfterTokens,
            DeadMask = deadMask.Ints,
            DeadLatents = deadLatents.Slot,
            L0 = l0.Slot,
        };
        bench.Run(() => candidate.UpdateFired(arguments));
        int dead = 0;
        for (int latent = 0; latent < shape.DSae; latent++)
        {
            bool fired = list.Offsets[latent + 1] > list.Offsets[latent];
            long expected = fired ? 0 : counts[latent] + shape.Batch;
            int isDead = expected >= DeadAfterTokens ? 1 : 0;
            dead += isDead;
            comparison.Equal("TokensSinceFired", latent, tokensSinceFired.Found[latent], expected);
            comparison.Equal("DeadMask", latent, deadMask.Found[latent], isDead);
        }

        comparison.Equal("DeadLatents", 0, deadLatents.Found[0], dead);
        Bounded mean = shape.Batch == 0
            ? default
            : Bounded.Exact(list.Rows.Length) * Bounded.Rounded(1.0 / shape.Batch);
        comparison.Near("L0", 0, l0.Found[0], mean);
        return comparison.Result();
    }
}
