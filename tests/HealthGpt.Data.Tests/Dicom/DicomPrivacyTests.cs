using System.Collections;
using System.Reflection;
using System.Text;
using HealthGpt.Data.Dicom;

namespace HealthGpt.Data.Tests.Dicom;

/// <summary>What the reader gives out holds nothing by which the patient could be told, not even in private fields.</summary>
public sealed class DicomPrivacyTests
{
    [Fact]
    public void ImagesAndVolumes_HoldNothingOfThePatient()
    {
        foreach (var (file, syntax) in HostileDicomTests.Codings())
        {
            var bytes = file.ToBytes(syntax);
            Assert.NotEmpty(Secrets(syntax == SyntheticDicom.Deflated ? file.DataSet() : bytes));
            var image = DicomImage.Parse(bytes, "made");
            Assert.Empty(Secrets(image));
            Assert.Equal(image.Samples == 3 ? "XC" : "MR", image.Modality);
        }

        var slices = Enumerable.Range(0, 2).Select(i => DicomImage.Parse(SyntheticDicom.Slice([0, 0, i], [1, 0, 0, 0, 1, 0], [1, 1]).ToBytes(), $"{i}")).ToList();
        Assert.Empty(Secrets(DicomVolume.Assemble(slices, "made")));
    }

    [Fact]
    public void Attributes_ThatHoldIdentityByMistake_AreNotQuoted()
    {
        var secret = SyntheticDicom.Secrets[0];
        (uint, string)[] quoted = [(0x00080060, "CS"), (0x00200032, "DS"), (0x00280004, "CS"), (0x00280008, "IS"), (0x00281050, "DS"), (0x00281052, "DS"), (0x00281056, "CS")];
        foreach (var (tag, representation) in quoted)
        {
            try
            {
                var file = SyntheticDicom.Slice([0, 0, 0], [1, 0, 0, 0, 1, 0], [1, 1]).Text(tag, representation, secret);
                Assert.Empty(Secrets(DicomImage.Parse(file.ToBytes(), "made")));
            }
            catch (DicomFormatException error)
            {
                Assert.DoesNotContain(secret, error.ToString(), StringComparison.Ordinal);
            }
        }

        foreach (var syntax in (string[])[secret, "1.2.276.4711"])
        {
            var error = Assert.Throws<DicomFormatException>(() => DicomImage.Parse(SyntheticDicom.Grey().ToBytes(syntax), "made"));
            Assert.Contains("(0002,0010) TransferSyntaxUID is a private one", error.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>The secrets that are found among all that an object holds on to.</summary>
    private static HashSet<string> Secrets(object root)
    {
        var found = new HashSet<string>();
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var waiting = new Stack<object>([root]);
        while (waiting.TryPop(out var next))
        {
            if (!seen.Add(next))
                continue;
            var text = next switch
            {
                string words => words,
                byte[] bytes => Encoding.Latin1.GetString(bytes),
                char[] letters => new string(letters),
                _ => "",
            };
            found.UnionWith(SyntheticDicom.Secrets.Where(secret => text.Contains(secret, StringComparison.Ordinal)));
            foreach (var held in HeldBy(next))
                waiting.Push(held);
        }

        return found;
    }

    private static IEnumerable<object> HeldBy(object owner)
    {
        if (owner is string or byte[] or char[] or Type or MemberInfo || owner.GetType().IsPrimitive || owner.GetType().IsEnum)
            return [];
        if (owner is Array array)
            return array.GetType().GetElementType()!.IsPrimitive ? [] : ((IEnumerable)array).OfType<object>();
        var fields = new List<object>();
        for (var type = owner.GetType(); type is not null; type = type.BaseType)
        {
            const BindingFlags own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
            fields.AddRange(type.GetFields(own).Where(field => !field.FieldType.IsPointer).Select(field => field.GetValue(owner)).OfType<object>());
        }

        return fields;
    }
}
