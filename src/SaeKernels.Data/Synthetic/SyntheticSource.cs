using System.Numerics;
using System.Runtime.InteropServices;
using SaeKernels.Numerics;

namespace SaeKernels.Data;

/// <summary>Vectors with known truth: each is a sparse sum of known directions, drawn anew for every row.</summary>
/// <remarks>
/// A row depends on the seed and its own number alone, so a stream is the same however it is cut, and on how many
/// threads.
/// x = offset + Σ_g a_g · D_g + noise · ε with unit directions D_g, code a ≥ 0 and ε ~ N(0, I); summed in float64, g
/// ascending, and rounded once, unless a source says otherwise.
/// </remarks>
public abstract class SyntheticSource
{
    /// <summary>Describes a source.</summary>
    /// <param name="seed">Every seed gives another truth and other rows.</param>
    /// <param name="truth">The true directions.</param>
    protected SyntheticSource(ulong seed, TrueDirections truth)
    {
        ArgumentNullException.ThrowIfNull(truth);
        this.Seed = seed;
        this.Truth = truth;
    }

    /// <summary>The generator's name, as <c>sae synth</c> takes it.</summary>
    public abstract string Generator { get; }

    /// <summary>Counts the changes of what a generator draws by the same seed and parameters; 1 at first.</summary>
    public virtual int Version => 1;

    /// <summary>The parameters of the generator by name, for the manifest: what draws the same rows again.</summary>
    public abstract IReadOnlyDictionary<string, object> Parameters { get; }

    /// <summary>The seed.</summary>
    public ulong Seed { get; }

    /// <summary>The true directions, [features, DIn].</summary>
    public TrueDirections Truth { get; }

    /// <summary>The width of a vector.</summary>
    public int DIn => this.Truth.DIn;

    /// <summary>What is added to every vector, [DIn]; null for nothing.</summary>
    public float[]? Offset { get; protected init; }

    /// <summary>The standard deviation of normal noise on every element, at least 0.</summary>
    public double NoiseScale { get; protected init; }

    /// <summary>Whole numbers that belong to each row, tensors of their own in a file; none by default.</summary>
    public virtual IReadOnlyList<RowColumn> Columns => [];

    /// <summary>What the numbers of a column <c>labels</c> stand for; empty where there is none.</summary>
    public virtual IReadOnlyList<string> LabelNames => [];

    /// <summary>The texts of the tokens; empty where rows are none.</summary>
    public virtual IReadOnlyList<string> Pieces => [];

    /// <summary>Draws a row.</summary>
    /// <param name="row">The number of the row, 0 to 2⁴⁸ − 1.</param>
    /// <param name="code">Receives its true code.</param>
    /// <param name="activations">Receives the vector, [DIn].</param>
    /// <exception cref="ArgumentException"><paramref name="activations"/> is not as long as a vector.</exception>
    public void Draw(long row, SyntheticRow code, Span<float> activations)
    {
        if (activations.Length != this.DIn)
        {
            throw new ArgumentException(
                $"{GetType().Name}: a vector must have {this.DIn} elements, but there is room for "
                + $"{activations.Length}. Pass a span of that length.");
        }

        DrawVector(row, code, activations);
    }

    /// <summary>Draws the vectors of consecutive rows, the same as one by one, on all threads.</summary>
    /// <param name="firstRow">The number of the first row.</param>
    /// <param name="vectors">Receives the vectors; a multiple of DIn.</param>
    /// <exception cref="ArgumentException"><paramref name="vectors"/> is no multiple.</exception>
    public void Draw(long firstRow, Span<float> vectors)
    {
        if (vectors.Length % this.DIn != 0)
        {
            throw new ArgumentException(
                $"{GetType().Name}: vectors must have {this.DIn} elements each, but there is room for "
                + $"{vectors.Length}. Pass a multiple.");
        }

        if (vectors.Length == this.DIn)
        {
            DrawVector(firstRow, new SyntheticRow(), vectors);
            return;
        }

        SharedSpan.Use(vectors, shared => DrawVectors(firstRow, shared));
    }

    /// <summary>Draws the true code of a row alone.</summary>
    /// <param name="row">The number of the row, 0 to 2⁴⁸ − 1.</param>
    /// <param name="code">Receives the code.</param>
    /// <returns>The rest of the row's random numbers.</returns>
    public RandomSequence DrawCode(long row, SyntheticRow code)
    {
        ArgumentNullException.ThrowIfNull(code);
        code.Clear();
        RandomSequence random = new(this.Seed, RandomPurpose.Synthesis, row);
        DrawCode(ref random, row, code);
        return random;
    }

    /// <summary>Draws a row.</summary>
    /// <param name="row">The number of the row.</param>
    /// <param name="code">Receives its true code.</param>
    /// <param name="activations">Receives the vector, [DIn].</param>
    protected virtual void DrawVector(long row, SyntheticRow code, Span<float> activations)
    {
        RandomSequence random = DrawCode(row, code);
        Span<double> sum = this.DIn <= 1024 ? stackalloc double[this.DIn] : new double[this.DIn];
        sum.Clear();
        AddBackground(ref random, sum);
        AddFeatures(code, sum);
        for (int d = 0; d < sum.Length; d++)
        {
            activations[d] = (float)sum[d];
        }
    }

    /// <summary>Draws the vectors of consecutive rows on all threads.</summary>
    /// <param name="firstRow">The number of the first row.</param>
    /// <param name="vectors">Receives the vectors, [rows, DIn].</param>
    protected virtual void DrawVectors(long firstRow, Memory<float> vectors) =>
        Parallel.For(0, vectors.Length / this.DIn, () => new SyntheticRow(), (row, _, code) =>
        {
            DrawVector(firstRow + row, code, vectors.Span.Slice(row * this.DIn, this.DIn));
            return code;
        }, _ => { });

    /// <summary>Adds what a vector has beside its features: offset and noise.</summary>
    /// <param name="random">The random numbers of the row, after its code.</param>
    /// <param name="sum">The vector so far, [DIn].</param>
    protected virtual void AddBackground(ref RandomSequence random, Span<double> sum)
    {
        for (int d = 0; d < sum.Length; d++)
        {
            sum[d] += (this.Offset?[d] ?? 0) + (this.NoiseScale > 0 ? this.NoiseScale * random.NextNormal() : 0);
        }
    }

    /// <summary>Draws a code.</summary>
    /// <param name="random">The random numbers of the row.</param>
    /// <param name="row">The number of the row.</param>
    /// <param name="code">Empty; receives the active features.</param>
    protected abstract void DrawCode(ref RandomSequence random, long row, SyntheticRow code);

    /// <summary>Adds Σ value · direction; every element is summed in the order of the entries.</summary>
    private void AddFeatures(SyntheticRow code, Span<double> sum)
    {
        // The sums of some columns stay in registers while all directions pass: the misses of their rows overlap.
        int lanes = Vector<double>.Count;
        ref float rows = ref MemoryMarshal.GetReference(this.Truth.Rows);
        ref double to = ref MemoryMarshal.GetReference(sum);
        int d = 0;
        for (; d <= sum.Length - Vector<float>.Count; d += Vector<float>.Count)
        {
            Vector<double> low = Vector.LoadUnsafe(ref to, (nuint)d);
            Vector<double> high = Vector.LoadUnsafe(ref to, (nuint)(d + lanes));
            for (int entry = 0; entry < code.Count; entry++)
            {
                nuint place = (nuint)(((long)code.Features[entry] * sum.Length) + d);
                Vector<double> value = new(code.Values[entry]);
                Vector.Widen(
                    Vector.LoadUnsafe(ref rows, place), out Vector<double> first, out Vector<double> second);
                low += value * first;
                high += value * second;
            }

            low.StoreUnsafe(ref to, (nuint)d);
            high.StoreUnsafe(ref to, (nuint)(d + lanes));
        }

        for (; d < sum.Length; d++)
        {
            for (int entry = 0; entry < code.Count; entry++)
            {
                sum[d] += (double)code.Values[entry] * this.Truth.Row(code.Features[entry])[d];
            }
        }
    }
}
