using System.Runtime.InteropServices;
using SaeKernels.Abstractions;
using SaeKernels.Numerics;

namespace SaeKernels.Training;

/// <summary>
/// The operations that a TopK step has not: those of other architectures, of clipping, of feeding and of evaluation, at
/// the sizes and on the data of a step.
/// </summary>
internal sealed class OtherOperations : IDisposable
{
    private const int Prefixes = 5;
    private const int HistogramBins = 1000;
    private const float HistogramReach = 2;

    // All pairs of a usual shape would take gigabytes.
    private const int LatentsWithPairs = 256;

    // Activations of every latent are counted from 1/32 to 4: in seven factors of two.
    private const int Octaves = 7;
    private const float LeastActivation = 1f / 32;
    private readonly IComputeBackend backend;
    private readonly SaeParameters parameters;
    private readonly StepShape shape;
    private readonly RealMatrix batch;
    private readonly List<DeviceBuffer> buffers = [];
    private readonly RealMatrix rows;
    private readonly RealMatrix copyOfWeights;
    private readonly RealMatrix residuals;
    private readonly RealMatrix linear;
    private readonly RealBuffer linearNorms;
    private readonly RealBuffer rowSquares;
    private readonly RealBuffer rowLosses;
    private readonly RealBuffer gradBEnc;
    private readonly RealBuffer rowNorms;
    private readonly RealBuffer encoderPath;
    private readonly RealBuffer threshold;
    private readonly RealBuffer logGains;
    private readonly RealBuffer prefixWeights;
    private readonly RealBuffer scalars;
    private readonly IntBuffer prefixEnds;
    private readonly IntBuffer activeRows;
    private readonly IntBuffer blocks;
    private readonly LongBuffer counts;
    private readonly LongBuffer binCounts;
    private readonly LongBuffer sum;
    private readonly SparseCodes codes;
    private readonly LatentMajorList list;
    private readonly BatchStaging staging;
    private readonly LatentStatistics statistics;
    private readonly ReconstructionStatistics reconstruction;
    private readonly PairStatistics pairs;

    /// <summary>Allocates what they write.</summary>
    /// <param name="backend">Computes.</param>
    /// <param name="parameters">The model of the step; not changed.</param>
    /// <param name="shape">The sizes.</param>
    /// <param name="batch">A batch of the step; not changed.</param>
    public OtherOperations(IComputeBackend backend, SaeParameters parameters, StepShape shape, RealMatrix batch)
    {
        this.backend = backend;
        this.parameters = parameters;
        this.shape = shape;
        this.batch = batch;
        long elements = (long)shape.Batch * shape.DIn;
        this.rows = new RealMatrix(Reals("Other.Rows", elements), shape.Batch, shape.DIn);
        this.copyOfWeights = new RealMatrix(
            Reals("Other.Weights", (long)shape.Latents * shape.DIn), shape.Latents, shape.DIn);
        this.residuals = new RealMatrix(
            Reals("Other.Residuals", Prefixes * elements), Prefixes * shape.Batch, shape.DIn);
        this.linear = new RealMatrix(Reals("Other.Linear", (long)shape.DIn * shape.DIn), shape.DIn, shape.DIn);
        this.linearNorms = Reals("Other.LinearNorms", shape.DIn);
        this.rowSquares = Reals("Other.RowSquares", shape.Batch);
        this.rowLosses = Reals("Other.RowLosses", shape.Batch);
        this.gradBEnc = Reals("Other.GradBEnc", shape.Latents);
        this.rowNorms = Reals("Other.RowNorms", shape.Latents);
        this.encoderPath = Reals("Other.EncoderPath", shape.DIn);
        this.threshold = Reals("Other.Threshold", shape.Latents);
        this.logGains = Reals("Other.LogGains", shape.Latents);
        this.prefixWeights = Reals("Other.PrefixWeights", Prefixes);
        this.scalars = Reals("Other.Scalars", 4);
        this.prefixEnds = Keep(backend.AllocateInt("Other.PrefixEnds", Prefixes));
        this.activeRows = Keep(backend.AllocateInt("Other.ActiveRows", shape.Latents));
        this.blocks = Keep(backend.AllocateInt("Other.Blocks", (long)shape.Latents * FineBins.Octaves));
        this.binCounts = Keep(backend.AllocateLong("Other.BinCounts", FineBinsOfAll));
        this.counts = Keep(backend.AllocateLong("Other.Counts", HistogramBins + 3));
        this.sum = Keep(backend.AllocateLong("Other.Sum", 1));
        int entries = checked(2 * shape.Batch * shape.K);
        this.codes = new SparseCodes(backend, "Other.Codes", shape.Batch, entries);
        this.list = new LatentMajorList(backend, shape.Latents, entries);
        this.staging = backend.CreateBatchStaging("Other.Staging", 1, elements, StagedElement.Fp32);
        this.statistics = backend.CreateLatentStatistics(shape.Latents);
        this.reconstruction = backend.CreateReconstructionStatistics(shape.DIn);
        this.pairs = backend.CreatePairStatistics(
            new PairLayout(shape.Latents, 0, Math.Min(shape.Latents, LatentsWithPairs), shape.Latents));
        Fill();
    }

    private int FineBinsOfAll => this.shape.Latents * Octaves * FineBins.PerOctave;

    /// <summary>Enqueues each of them once.</summary>
    public void Run()
    {
        RunEncoders();
        RunDecoders();
        this.backend.BuildLatentMajor(
            new BuildLatentMajorArguments { Rows = this.shape.Batch, Codes = this.codes, List = this.list });
        this.backend.GateMagnitudes(new GateMagnitudesArguments
        {
            Rows = this.shape.Batch,
            Latents = this.shape.Latents,
            Codes = this.codes,
            GateBiases = this.parameters.BEnc,
            Biases = this.parameters.BEnc,
            LogGains = this.logGains,
            Gate = new GatedMagnitudes(this.gradBEnc, this.rowNorms),
        });
        this.backend.AdaptPenalty(new AdaptPenaltyArguments
        {
            L0 = new ScalarSlot(this.scalars, 0),
            Target = this.shape.K,
            Gain = 0,
            Scale = 1,
            Sum = this.sum,
            Factor = new ScalarSlot(this.scalars, 3),
        });
        this.backend.LatentGradients(new LatentGradientsArguments
        {
            Inputs = new LatentGradientInputs
            {
                List = this.list,
                Input = this.batch,
                Residuals = this.rows,
                ResidualScale = 1,
                ProjectDecoderGradient = true,
            },
            WEnc = this.parameters.WEnc,
            WDec = this.parameters.WDec,
            GradBEnc = this.gradBEnc,
            RowSquaredNorms = this.rowNorms,
            EncoderPath = this.encoderPath,
        });
        RunLinear();
        this.backend.NormalizeRows(new NormalizeRowsArguments { Matrix = this.copyOfWeights });
        this.backend.WeightedSum(new WeightedSumArguments
        {
            Length = this.copyOfWeights.Buffer.Length,
            First = this.copyOfWeights.Buffer,
            FirstFactor = 0.999,
            Second = this.parameters.WEnc.Buffer,
            SecondFactor = 0.001,
            Sum = this.copyOfWeights.Buffer,
        });
        this.backend.Orthogonalize(new OrthogonalizeArguments { Matrix = this.copyOfWeights });
        RunStatistics();
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        this.buffers.ForEach(buffer => buffer.Dispose());
        this.codes.Dispose();
        this.list.Dispose();
        this.staging.Dispose();
        this.statistics.Dispose();
        this.reconstruction.Dispose();
        this.pairs.Dispose();
    }

    private void Fill()
    {
        float[] vectors = new float[(long)this.shape.Batch * this.shape.DIn];
        this.batch.Buffer.Download(vectors);
        vectors.CopyTo(MemoryMarshal.Cast<byte, float>(this.staging.HostMemory(0)));
        this.staging.Send(0);
        int latents = this.shape.Latents;
        this.prefixEnds.Upload([.. Enumerable.Range(1, Prefixes).Select(p => Math.Max(p, latents * p / Prefixes))]);
        int firstOctave = FineBins.IndexOf(LeastActivation) / FineBins.PerOctave;
        this.blocks.Upload(
        [
            .. Enumerable.Range(0, latents * FineBins.Octaves).Select(
                place => Math.DivRem(place, FineBins.Octaves) is (int latent, int octave)
                    && octave >= firstOctave && octave < firstOctave + Octaves
                        ? (latent * Octaves) + octave - firstOctave : -1),
        ]);
        this.prefixWeights.Upload(Enumerable.Repeat(1f, Prefixes).ToArray());
        for (long first = 0; first < this.copyOfWeights.Buffer.Length; first += vectors.Length)
        {
            int length = (int)Math.Min(vectors.Length, this.copyOfWeights.Buffer.Length - first);
            this.copyOfWeights.Buffer.Upload(vectors.AsSpan(0, length), first);
        }
    }

    private void RunStatistics()
    {
        this.backend.AccumulateLatents(new AccumulateLatentsArguments
        {
            Rows = this.shape.Batch,
            Codes = this.codes,
            Statistics = this.statistics,
        });
        this.backend.AccumulateReconstruction(new AccumulateReconstructionArguments
        {
            Targets = this.batch,
            Reconstruction = this.rows,
            Statistics = this.reconstruction,
        });
        this.backend.AccumulatePairs(new AccumulatePairsArguments
        {
            Rows = this.shape.Batch,
            Codes = this.codes,
            OtherCodes = this.codes,
            Statistics = this.pairs,
        });
        this.backend.AccumulateHistogram(new AccumulateHistogramArguments
        {
            Values = this.batch.Buffer,
            Count = (long)this.shape.Batch * this.shape.DIn,
            Low = -HistogramReach,
            High = HistogramReach,
            Bins = HistogramBins,
            Counts = this.counts,
        });
        this.backend.AccumulateBins(new AccumulateBinsArguments
        {
            Rows = this.shape.Batch,
            Latents = this.shape.Latents,
            Codes = this.codes,
            Bins = this.FineBinsOfAll,
            Blocks = this.blocks,
            Counts = this.binCounts,
        });
    }

    private void RunEncoders()
    {
        this.backend.LoadBatch(new LoadBatchArguments { Staging = this.staging, Slot = 0, Activations = this.rows });
        this.backend.EncodeGroupMax(new EncodeGroupMaxArguments
        {
            Input = this.batch,
            WEnc = this.parameters.WEnc,
            BEnc = this.parameters.BEnc,
            K = Enumerable.Range(1, this.shape.K).Last(groups => this.shape.Latents % groups == 0),
            Codes = this.codes,
        });
        this.backend.EncodeBatchTopK(new EncodeBatchTopKArguments
        {
            Input = this.batch,
            WEnc = this.parameters.WEnc,
            BEnc = this.parameters.BEnc,
            K = this.shape.K,
            Codes = this.codes,
            Cut = new ScalarSlot(this.scalars, 0),
        });
        // What the whole batch cut off is a threshold that lets as many through.
        float[] cut = new float[1];
        this.scalars.Download(cut);
        this.threshold.Upload(Enumerable.Repeat(cut[0], this.shape.Latents).ToArray());
        this.backend.EncodeThreshold(new EncodeThresholdArguments
        {
            Input = this.batch,
            WEnc = this.parameters.WEnc,
            BEnc = this.parameters.BEnc,
            Threshold = this.threshold,
            Codes = this.codes,
        });
    }

    private void RunDecoders()
    {
        this.backend.SparseDecode(new SparseDecodeArguments
        {
            Codes = this.codes,
            WDec = this.parameters.WDec,
            BDec = this.parameters.BDec,
            Reconstruction = this.rows,
        });
        if (this.shape.Latents >= Prefixes)
        {
            this.backend.PrefixResidual(new PrefixResidualArguments
            {
                Codes = this.codes,
                WDec = this.parameters.WDec,
                BDec = this.parameters.BDec,
                Targets = this.batch,
                Prefixes = new LatentPrefixes(this.prefixEnds, Prefixes, firstBlock: 1),
                Weights = this.prefixWeights,
                Residuals = this.residuals,
                RowSquaredErrors = this.rowSquares,
                MeanSquaredError = new ScalarSlot(this.scalars, 0),
                RowLosses = this.rowLosses,
                MeanLoss = new ScalarSlot(this.scalars, 1),
            });
        }

        this.backend.ReluResidual(new ReluResidualArguments
        {
            Input = this.batch,
            WEnc = this.parameters.WEnc,
            BEnc = this.parameters.BEnc,
            WDec = this.parameters.WDec,
            BDec = this.parameters.BDec,
            Targets = this.batch,
            Residuals = this.rows,
            RowSquaredErrors = this.rowSquares,
            MeanSquaredError = new ScalarSlot(this.scalars, 2),
            ActiveRows = this.activeRows,
        });
    }

    /// <summary>A path that skips the latents, as wide as the vectors, and its gradient.</summary>
    private void RunLinear()
    {
        this.backend.LinearSum(new LinearSumArguments
        {
            Input = this.batch,
            Weights = this.linear,
            Start = this.batch,
            Scale = -1,
            Sum = this.rows,
        });
        this.backend.LinearGradient(new LinearGradientArguments
        {
            Residuals = this.rows,
            Input = this.batch,
            ResidualScale = 0,
            Gradient = this.linear,
            RowSquaredNorms = this.linearNorms,
        });
    }

    private RealBuffer Reals(string name, long length) => Keep(this.backend.AllocateReal(name, length));

    private T Keep<T>(T buffer)
        where T : DeviceBuffer
    {
        this.buffers.Add(buffer);
        return buffer;
    }
}
