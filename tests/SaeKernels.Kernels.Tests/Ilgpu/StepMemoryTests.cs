using SaeKernels.Abstractions;
using SaeKernels.Testing;

namespace SaeKernels.Kernels.Tests.Ilgpu;

/// <summary>The memory of a whole training step, by what the device's ledger says.</summary>
public sealed class StepMemoryTests : IDisposable
{
    private const int Batch = 128;
    private const int DIn = 2;
    private const int K = 4;
    private const int AuxK = 3;

    // W_enc and W_dec with a bias and two moments each; the offsets of the latent-major list, a 64-bit counter, two
    // flags and a squared norm.
    private const long BytesPerLatent = (3 * sizeof(float) * ((2 * DIn) + 1)) + (6 * sizeof(float));

    // What kernels keep of a latent between them. A matrix of pre-activations would take 512 bytes a latent.
    private const long MostScratchPerLatent = 64;
    private readonly List<IDisposable> owned = [];

    [SkippableTheory]
    [InlineData("ilgpu-cpu", 256, 2048)]
    [InlineData("cuda", 4096, 65_536)]
    [InlineData("opencl", 4096, 65_536)]
    public void Memory_of_a_step_grows_with_the_parameters_only(string name, int fewLatents, int manyLatents) =>
        TestBackends.Use(name, backend =>
        {
            // The first step allocates what does not depend on the number of latents.
            (long own, long scratch) few = BytesOfStep(backend, fewLatents);
            (long own, long scratch) many = BytesOfStep(backend, manyLatents);

            long added = manyLatents - fewLatents;
            Assert.Equal(BytesPerLatent * added, many.own - few.own);
            Assert.InRange(many.scratch - few.scratch, 0, MostScratchPerLatent * added);
        });

    public void Dispose() => Free();

    /// <summary>Returns the bytes of the step's own buffers, and those that the backend keeps beside them.</summary>
    private (long Own, long Scratch) BytesOfStep(IComputeBackend backend, int latents)
    {
        long before = backend.AllocatedBytes;
        Step step = new(backend, this.owned, latents);
        long own = backend.AllocatedBytes - before;
        step.Run();
        backend.Synchronize();
        long scratch = backend.AllocatedBytes - own;
        Free();
        Assert.Equal(scratch, backend.AllocatedBytes);
        return (own, scratch);
    }

    private void Free()
    {
        this.owned.ForEach(item => item.Dispose());
        this.owned.Clear();
    }

    private sealed class Step(IComputeBackend backend, List<IDisposable> owned, int latents)
    {
        private static readonly OptimizerStep Adam = new()
        {
            LearningRate = 0,
            Beta1 = 0.9,
            Beta2 = 0.999,
            Epsilon = 1e-8,
            Step = 1,
        };

        private readonly RealMatrix activations = new(Zeros(backend, owned, Batch * DIn), Batch, DIn);
        private readonly RealMatrix residuals = new(Zeros(backend, owned, 2 * Batch * DIn), 2 * Batch, DIn);
        private readonly AdamParameters wEnc = Parameters(backend, owned, (long)latents * DIn);
        private readonly AdamParameters bEnc = Parameters(backend, owned, latents);
        private readonly AdamParameters wDec = Parameters(backend, owned, (long)latents * DIn);
        private readonly AdamParameters bDec = Parameters(backend, owned, DIn);
        private readonly RealBuffer gradBDec = Zeros(backend, owned, DIn);
        private readonly RealBuffer encoderPath = Zeros(backend, owned, DIn);
        private readonly RealBuffer rowSquaredErrors = Zeros(backend, owned, Batch);
        private readonly RealBuffer rowSquaredNorms = Zeros(backend, owned, latents);
        private readonly RealBuffer scalars = Zeros(backend, owned, 8);
        private readonly IntBuffer mask = Own(owned, backend.AllocateInt("Mask", latents));
        private readonly IntBuffer deadMask = Own(owned, backend.AllocateInt("DeadMask", latents));
        private readonly LongBuffer tokensSinceFired = Own(owned, backend.AllocateLong("TokensSinceFired", latents));
        private readonly SparseCodes codes = Own(owned, new SparseCodes(backend, "Codes", Batch, Batch * K));
        private readonly SparseCodes auxCodes = Own(owned, new SparseCodes(backend, "AuxCodes", Batch, Batch * AuxK));
        private readonly LatentMajorList list = Own(
            owned, new LatentMajorList(backend, latents, Batch * (K + AuxK)));

        private RealMatrix WDec => new(this.wDec.Values, latents, DIn);

        public void Run()
        {
            this.activations.Buffer.Upload([.. Enumerable.Range(0, Batch * DIn).Select(i => 1f + (i % 7))]);
            this.wEnc.Values.Upload([.. Enumerable.Range(0, latents * DIn).Select(i => 1f / (1 + (i % 97)))]);
            this.wDec.Values.Upload([.. Enumerable.Repeat(0.5f, latents * DIn)]);
            this.mask.Upload([.. Enumerable.Range(0, latents).Select(latent => latent % 2)]);
            backend.EncodeTopK(new EncodeTopKArguments
            {
                Input = this.activations,
                WEnc = new RealMatrix(this.wEnc.Values, latents, DIn),
                BEnc = this.bEnc.Values,
                K = K,
                Codes = this.codes,
                Aux = new AuxSelection { Mask = this.mask, K = AuxK, Codes = this.auxCodes },
            });
            Decode();
            backend.BuildLatentMajor(new BuildLatentMajorArguments
            {
                Rows = Batch,
                Codes = this.codes,
                AuxCodes = this.auxCodes,
                List = this.list,
            });
            Update();
        }

        private void Decode()
        {
            backend.DecodeResidual(new DecodeResidualArguments
            {
                Codes = this.codes,
                WDec = this.WDec,
                BDec = this.bDec.Values,
                Targets = this.activations,
                Residuals = new RealMatrix(this.residuals.Buffer, Batch, DIn),
                RowSquaredErrors = this.rowSquaredErrors,
                MeanSquaredError = new ScalarSlot(this.scalars, 0),
            });
            backend.AuxResidual(new AuxResidualArguments
            {
                Rows = Batch,
                AuxCodes = this.auxCodes,
                WDec = this.WDec,
                Residuals = this.residuals,
                Coefficient = 1.0 / 32,
                Loss = new ScalarSlot(this.scalars, 1),
                ResidualScale = new ScalarSlot(this.scalars, 2),
            });
        }

        private void Update()
        {
            backend.UpdateLatents(new UpdateLatentsArguments
            {
                Inputs = new LatentGradientInputs
                {
                    List = this.list,
                    Input = this.activations,
                    Residuals = this.residuals,
                    ResidualScale = -1e-5,
                    AuxResidualScale = new ScalarSlot(this.scalars, 2),
                    ProjectDecoderGradient = true,
                },
                WEnc = this.wEnc,
                BEnc = this.bEnc,
                WDec = this.wDec,
                Step = Adam,
                NormalizeDecoder = true,
                RowSquaredNorms = this.rowSquaredNorms,
                EncoderPath = this.encoderPath,
            });
            backend.DecoderBiasGradient(new DecoderBiasGradientArguments
            {
                Residuals = new RealMatrix(this.residuals.Buffer, Batch, DIn),
                ResidualScale = -1e-5,
                EncoderPath = this.encoderPath,
                GradBDec = this.gradBDec,
            });
            backend.AdamUpdate(new AdamUpdateArguments
            {
                Length = DIn,
                Parameters = this.bDec.Values,
                Gradient = this.gradBDec,
                FirstMoment = this.bDec.FirstMoment,
                SecondMoment = this.bDec.SecondMoment,
                Step = Adam,
            });
            backend.UpdateFired(new UpdateFiredArguments
            {
                Rows = Batch,
                Latents = latents,
                Codes = this.codes,
                TokensSinceFired = this.tokensSinceFired,
                DeadAfterTokens = 1_000_000,
                DeadMask = this.deadMask,
                DeadLatents = new ScalarSlot(this.scalars, 3),
                L0 = new ScalarSlot(this.scalars, 4),
            });
        }

        private static T Own<T>(List<IDisposable> owned, T item)
            where T : IDisposable
        {
            owned.Add(item);
            return item;
        }

        private static RealBuffer Zeros(IComputeBackend backend, List<IDisposable> owned, long length) =>
            Own(owned, backend.AllocateReal("Step", length));

        private static AdamParameters Parameters(IComputeBackend backend, List<IDisposable> owned, long length) => new(
            Zeros(backend, owned, length), Zeros(backend, owned, length), Zeros(backend, owned, length));
    }
}
