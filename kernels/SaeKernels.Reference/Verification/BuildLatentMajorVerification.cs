using SaeKernels.Abstractions;

namespace SaeKernels.Reference;

/// <summary>Verifies <see cref="IComputeBackend.BuildLatentMajor"/>, entry by entry and exactly.</summary>
internal static class BuildLatentMajorVerification
{
    public static IEnumerable<VerificationResult> Run(IComputeBackend candidate, VerificationShape shape)
    {
        yield return Check(candidate, shape, withAux: false, includesZeros: false);
        yield return Check(candidate, shape, withAux: false, includesZeros: true);
        if (shape.AuxK > 0)
        {
            yield return Check(candidate, shape, withAux: true, includesZeros: false);
        }
    }

    private static VerificationResult Check(
        IComputeBackend candidate, VerificationShape shape, bool withAux, bool includesZeros)
    {
        VerificationInputs inputs = new(shape);
        HostCodes codes = inputs.Codes(shape.Batch, shape.DSae, shape.K, rowsVary: !withAux);
        HostCodes? auxCodes = withAux ? inputs.Codes(shape.Batch, shape.DSae, shape.AuxK, rowsVary: false) : null;
        Comparison comparison = new(
            nameof(IComputeBackend.BuildLatentMajor),
            shape,
            withAux ? "with auxiliary codes" : includesZeros ? "with zeros" : "");
        using Workbench bench = new(candidate, comparison);
        SparseCodes placedCodes = bench.Codes("Codes", codes);
        SparseCodes? placedAuxCodes = auxCodes is null ? null : bench.Codes("AuxCodes", auxCodes);
        HostList unset = new([.. Enumerable.Repeat(-1, shape.DSae + 1)], [], []);
        WorkbenchList list = bench.List(
            unset, placedCodes.Capacity + (placedAuxCodes?.Capacity ?? 0), isConstant: false);
        BuildLatentMajorArguments arguments = new()
        {
            Rows = shape.Batch,
            Codes = placedCodes,
            AuxCodes = placedAuxCodes,
            IncludesZeros = includesZeros,
            List = list.List,
        };
        bench.Run(() => candidate.BuildLatentMajor(arguments));
        HostList expected = HostList.Of(codes, auxCodes, shape.DSae, includesZeros);
        for (int latent = 0; latent <= shape.DSae; latent++)
        {
            comparison.Equal("LatentMajorList.Offsets", latent, list.Offsets.Found[latent], expected.Offsets[latent]);
        }

        for (int entry = 0; entry < expected.Rows.Length; entry++)
        {
            comparison.Equal("LatentMajorList.Rows", entry, list.Rows.Found[entry], expected.Rows[entry]);
            comparison.Equal("LatentMajorList.Values", entry, list.Values.Found[entry], expected.Values[entry]);
        }

        return comparison.Result();
    }
}
