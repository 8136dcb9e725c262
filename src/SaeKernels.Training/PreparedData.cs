using SaeKernels.Data;

namespace SaeKernels.Training;

/// <summary>What runs need to know of their data before they begin, computed once for all runs that share it.</summary>
/// <remarks>May be used by several threads at once.</remarks>
internal sealed class PreparedData(ActivationStore store)
{
    private readonly Dictionary<(double Holdout, ulong Seed), (RowSet Training, RowSet HeldOut)> splits = [];
    private readonly Dictionary<HashMode, string> hashes = [];
    private readonly Dictionary<EstimateKey, DataEstimates> estimates = [];
    private readonly HashSet<(double Holdout, ulong Seed)> readable = [];

    /// <summary>The data.</summary>
    public ActivationStore Store { get; } = store;

    /// <summary>Divides the data.</summary>
    public (RowSet Training, RowSet HeldOut) Split(double holdout, ulong seed) =>
        Once(this.splits, (holdout, seed), _ => HoldoutSplit.Create(this.Store, holdout, seed));

    /// <summary>Returns the fingerprint of the data.</summary>
    public string HashOf(HashMode mode) => Once(this.hashes, mode, this.Store.ComputeHash);

    /// <summary>Estimates what a run begins with.</summary>
    public DataEstimates EstimatesOf(TrainingPlan plan) => Once(
        this.estimates,
        new EstimateKey(plan.Holdout, plan.OrderSeed, plan.Normalize, plan.DecoderBias, plan.TargetWidth),
        _ => DataEstimates.Compute(this.Store, Split(plan.Holdout, plan.OrderSeed).Training, plan));

    /// <summary>Throws where a held-out vector has a fault, which would otherwise show only after training.</summary>
    public void RequireReadable(double holdout, ulong seed)
    {
        RowSet rows = Split(holdout, seed).HeldOut;
        lock (this.readable)
        {
            if (!this.readable.Add((holdout, seed)))
            {
                return;
            }

            int chunk = (int)Math.Clamp((1 << 20) / this.Store.DIn, 1, Math.Max(1, rows.Count));
            float[] vectors = new float[chunk * this.Store.DIn];
            for (long first = 0; first < rows.Count; first += chunk)
            {
                int count = (int)Math.Min(chunk, rows.Count - first);
                rows.Read(this.Store, first, vectors.AsSpan(0, count * this.Store.DIn));
            }
        }
    }

    private static TValue Once<TKey, TValue>(Dictionary<TKey, TValue> known, TKey key, Func<TKey, TValue> compute)
        where TKey : notnull
    {
        lock (known)
        {
            if (!known.TryGetValue(key, out TValue? value))
            {
                value = compute(key);
                known[key] = value;
            }

            return value;
        }
    }

    private readonly record struct EstimateKey(
        double Holdout, ulong Seed, NormalizationKind Normalize, DecoderBiasStart DecoderBias, int? TargetWidth);
}
