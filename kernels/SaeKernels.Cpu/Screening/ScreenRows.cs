using System.Numerics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SaeKernels.Cpu;

/// <summary>For each row of a batch its scale, what the bound needs to know of it, and the candidates it has.</summary>
internal readonly unsafe struct ScreenRows
{
    /// <summary>The count of a row that float32 does as a whole.</summary>
    public const int LeftToFloat = -1;

    // As for Candidates: fewer fill up so often that sorting them out costs more than it rejects.
    private const int LeastSpare = 96;
    private const int WarmFull = 640;
    private readonly int* fullCounts;

    /// <summary>Makes room for a batch.</summary>
    /// <param name="scratch">Where memory comes from.</param>
    /// <param name="rows">Rows of the batch.</param>
    /// <param name="room">The most candidates of a row.</param>
    public ScreenRows(ScratchMemory scratch, int rows, int room)
    {
        this.Room = room;
        this.Stride = room + (2 * CandidateKeys.MostAppended);
        this.Scales = scratch.Take<float>(rows);
        this.Norms = scratch.Take<float>(rows);
        this.ErrorNorms = scratch.Take<float>(rows);
        this.Limits = scratch.Take<float>(rows);
        this.Counts = scratch.Take<int>(rows);
        this.fullCounts = scratch.Take<int>(rows);
        this.Lowers = scratch.Take<int>(rows * this.Stride);
        this.Uppers = scratch.Take<float>(rows * this.Stride);
        this.Latents = scratch.Take<int>(rows * this.Stride);
    }

    /// <summary>The most candidates of a row.</summary>
    public int Room { get; }

    /// <summary>From the first candidate of a row to the first of the next.</summary>
    public long Stride { get; }

    /// <summary>What the integers of each row are worth.</summary>
    public float* Scales { get; }

    /// <summary>At least the norm of each row and of its integers.</summary>
    public float* Norms { get; }

    /// <summary>At least the norm of what the integers leave out, and the roundings that grow with ‖w‖.</summary>
    public float* ErrorNorms { get; }

    /// <summary>What a candidate's upper bound must reach.</summary>
    public float* Limits { get; }

    /// <summary>Candidates of each row; −1 where float32 does the whole row.</summary>
    public int* Counts { get; }

    /// <summary>The keys of lower bounds of the candidates.</summary>
    public int* Lowers { get; }

    /// <summary>Upper bounds of the candidates; at the end their canonical pre-activations.</summary>
    public float* Uppers { get; }

    /// <summary>The latents of the candidates, ascending.</summary>
    public int* Latents { get; }

    /// <summary>
    /// Room for the candidates of a row on ordinary data, which are 2 to 20 times K; what is beyond is cheaper in
    /// float32.
    /// </summary>
    /// <param name="k">Latents wanted in a row.</param>
    /// <param name="latents">The number of latents.</param>
    public static int RoomFor(int k, int latents) => Math.Min(latents + 1, (4 * k) + 1024);

    /// <summary>Describes a row that has no candidates yet.</summary>
    /// <param name="row">The row.</param>
    /// <param name="quantization">What it became.</param>
    /// <param name="roundingShare">Of <see cref="ScreenBound.RoundingShare"/>.</param>
    /// <param name="limit">What a candidate's upper bound must reach at first.</param>
    public void Begin(int row, in Quantization quantization, float roundingShare, float limit)
    {
        this.Scales[row] = quantization.Scale;
        this.Norms[row] = quantization.Norm;
        this.ErrorNorms[row] = quantization.ErrorNorm + (roundingShare * quantization.Norm);
        this.Limits[row] = limit;
        this.Counts[row] = 0;
        // A guess keeps most latents out from the beginning.
        int full = float.IsNegativeInfinity(limit) ? 2 * LeastSpare : WarmFull;
        this.fullCounts[row] = Math.Min(this.Room, full);
        if (!quantization.IsBounded)
        {
            Leave(row);
        }
    }

    /// <summary>Whether a row has so many candidates that they should be sorted out.</summary>
    public bool IsFull(int row) => this.Counts[row] >= this.fullCounts[row];

    /// <summary>Drops candidates that cannot be among the K largest; leaves the row where too many remain.</summary>
    /// <param name="row">The row.</param>
    /// <param name="k">How many are wanted.</param>
    public void Tighten(int row, int k)
    {
        if (this.Counts[row] > k)
        {
            int cut = CandidateKeys.FindRoughCut(this.Lowers + (row * this.Stride), this.Counts[row], k);
            Drop(row, Math.Max(this.Limits[row], CandidateKeys.ValueOf(cut)));
        }

        int count = this.Counts[row];
        this.fullCounts[row] = Math.Min(this.Room, count + Math.Max(count / 2, LeastSpare));
        if (count >= this.Room)
        {
            Leave(row);
        }
    }

    /// <summary>Asks for the candidates of a row.</summary>
    /// <param name="row">The row.</param>
    public void Prefetch(int row)
    {
        long start = row * this.Stride;
        int count = this.Counts[row];
        Rows.Prefetch((float*)(this.Lowers + start), count);
        Rows.Prefetch(this.Uppers + start, count);
        Rows.Prefetch((float*)(this.Latents + start), count);
    }

    /// <summary>Moves the K candidates with the largest lower bounds elsewhere; both stay in ascending order.</summary>
    /// <param name="row">The row, after all latents.</param>
    /// <param name="k">How many are moved; all where there are no more.</param>
    /// <param name="chosen">Receives their latents.</param>
    public void Choose(int row, int k, in ScreenRows chosen)
    {
        int count = this.Counts[row];
        int* lowers = this.Lowers + (row * this.Stride);
        float* uppers = this.Uppers + (row * this.Stride);
        int* latents = this.Latents + (row * this.Stride);
        int* target = chosen.Latents + (row * chosen.Stride);
        chosen.Counts[row] = Math.Min(count, k);
        int equalKept = 0;
        int limit = count > k ? CandidateKeys.FindLimit(lowers, count, k, out equalKept) : int.MinValue;
        int moved = 0;
        int kept = 0;
        for (int i = 0; i < count; i += Vector512<int>.Count)
        {
            Vector512<int> lower = Vector512.Load(lowers + i);
            Vector512<int> latent = Vector512.Load(latents + i);
            Vector512<float> upper = Vector512.Load(uppers + i);
            Vector512<int> present = Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count - i));
            Vector512<int> chosenHere = Vector512.GreaterThan(lower, Vector512.Create(limit));
            chosenHere |= FirstOf(Vector512.Equals(lower, Vector512.Create(limit)) & present, ref equalKept);
            chosenHere = count > k ? chosenHere & present : present;
            Vector512<int> rest = Vector512.AndNot(present, chosenHere);
            Avx512F.Compress(Vector512<int>.Zero, chosenHere, latent).Store(target + moved);
            Avx512F.Compress(Vector512<int>.Zero, rest, latent).Store(latents + kept);
            Avx512F.Compress(Vector512<float>.Zero, rest.AsSingle(), upper).Store(uppers + kept);
            moved += BitOperations.PopCount(chosenHere.ExtractMostSignificantBits());
            kept += BitOperations.PopCount(rest.ExtractMostSignificantBits());
        }

        this.Counts[row] = count == LeftToFloat ? LeftToFloat : kept;
    }

    /// <summary>
    /// Drops what cannot be among the K largest, of which K are known; false where the limit that kept latents out
    /// before is not proven by them.
    /// </summary>
    /// <param name="row">The row.</param>
    /// <param name="k">How many are wanted.</param>
    /// <param name="chosen">Where those are that are known.</param>
    public bool DropBelow(int row, int k, in ScreenRows chosen)
    {
        if (this.Counts[row] == LeftToFloat)
        {
            return true;
        }

        int least = LeastKey(chosen.Uppers + (row * chosen.Stride), chosen.Counts[row]);
        bool isProven = chosen.Counts[row] == k && least >= CandidateKeys.KeyOf(this.Limits[row]);
        // Nothing but NaN and what has no bound reaches beyond NaN.
        Drop(row, least == CandidateKeys.NaN ? float.PositiveInfinity : CandidateKeys.ValueOf(least));
        return isProven;
    }

    /// <summary>Drops candidates whose upper bounds, formed anew, no longer reach the limit of their row.</summary>
    /// <param name="row">The row.</param>
    public void DropBelowLimit(int row)
    {
        if (this.Counts[row] != LeftToFloat)
        {
            Drop(row, this.Limits[row]);
        }
    }

    /// <summary>Puts candidates back among the others, by ascending latent.</summary>
    /// <param name="row">The row.</param>
    /// <param name="chosen">Where they are.</param>
    public void Merge(int row, in ScreenRows chosen)
    {
        float* values = this.Uppers + (row * this.Stride);
        int* latents = this.Latents + (row * this.Stride);
        float* chosenValues = chosen.Uppers + (row * chosen.Stride);
        int* chosenLatents = chosen.Latents + (row * chosen.Stride);
        int own = this.Counts[row] - 1;
        int others = chosen.Counts[row] - 1;
        this.Counts[row] = own + others + 2;
        for (int end = own + others + 1; others >= 0; end--)
        {
            bool isOwn = own >= 0 && latents[own] > chosenLatents[others];
            values[end] = isOwn ? values[own] : chosenValues[others];
            latents[end] = isOwn ? latents[own--] : chosenLatents[others--];
        }
    }

    /// <summary>Drops candidates whose upper bound does not reach a limit.</summary>
    /// <param name="row">The row.</param>
    /// <param name="limit">The limit.</param>
    public void Drop(int row, float limit)
    {
        this.Limits[row] = limit;
        int* lowers = this.Lowers + (row * this.Stride);
        float* uppers = this.Uppers + (row * this.Stride);
        int* latents = this.Latents + (row * this.Stride);
        int count = this.Counts[row];
        int kept = 0;
        Vector512<float> limits = Vector512.Create(limit);
        for (int i = 0; i < count; i += Vector512<float>.Count)
        {
            Vector512<float> upper = Vector512.Load(uppers + i);
            Vector512<int> present = Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count - i));
            Vector512<int> mask = Vector512.AndNot(present, Vector512.LessThan(upper, limits).AsInt32());
            Avx512F.Compress(Vector512<float>.Zero, mask.AsSingle(), upper).Store(uppers + kept);
            Avx512F.Compress(Vector512<int>.Zero, mask, Vector512.Load(lowers + i)).Store(lowers + kept);
            Avx512F.Compress(Vector512<int>.Zero, mask, Vector512.Load(latents + i)).Store(latents + kept);
            kept += BitOperations.PopCount(mask.ExtractMostSignificantBits());
        }

        this.Counts[row] = kept;
    }

    /// <summary>Leaves a row to float32.</summary>
    public void Leave(int row)
    {
        this.Counts[row] = LeftToFloat;
        this.Limits[row] = float.PositiveInfinity;
    }

    /// <summary>The least key of numbers; that of NaN where there is none.</summary>
    private static int LeastKey(float* values, int count)
    {
        Vector512<int> least = Vector512.Create(CandidateKeys.NaN);
        for (int i = 0; i < count; i += Vector512<int>.Count)
        {
            Vector512<int> present = Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count - i));
            Vector512<int> keys = CandidateKeys.KeysOf(Vector512.Load(values + i));
            least = Vector512.Min(least, Vector512.ConditionalSelect(present, keys, least));
        }

        Vector256<int> least8 = Vector256.Min(least.GetLower(), least.GetUpper());
        Vector128<int> least4 = Vector128.Min(least8.GetLower(), least8.GetUpper());
        return Math.Min(Math.Min(least4[0], least4[1]), Math.Min(least4[2], least4[3]));
    }

    /// <summary>The first lanes that are set, as many as are left of a number, which goes down by them.</summary>
    private static Vector512<int> FirstOf(Vector512<int> lanes, ref int left)
    {
        ulong set = lanes.ExtractMostSignificantBits();
        if (set == 0 || left == 0)
        {
            return Vector512<int>.Zero;
        }

        for (; left > 0 && set != 0; left--)
        {
            set &= set - 1;
        }

        // What is still set comes after them.
        int end = set == 0 ? Vector512<int>.Count : BitOperations.TrailingZeroCount(set);
        return lanes & Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(end));
    }
}
