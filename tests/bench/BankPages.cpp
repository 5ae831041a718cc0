#include "BankPages.h"

#include "base/Date.h"

#include <random>

namespace bankfeed::bench
{

namespace
{

std::string idOf(std::mt19937_64& random)
{
    constexpr std::string_view letters =
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    std::string id(37, '0');
    for (char& letter : id)
        letter = letters[random() % letters.size()];
    return id;
}

std::string rowText(std::mt19937_64& random, std::size_t number)
{
    const std::string cents = std::to_string(random() % 90 + 10);
    const std::string day =
        Date::parse("2026-11-20")->plusDays(-static_cast<int>(number / 40)).text();
    const std::string sign = random() % 6 == 0 ? "-" : "";
    return R"({"account_id":")" + std::string(pagesAccount) +
           R"(","account_owner":null,"amount":)" + sign + std::to_string(random() % 400 + 1) + "." +
           cents + R"(,"authorized_date":")" + day +
           R"(","authorized_datetime":null,"category":["Shops","Supermarkets and Groceries"],)"
           R"("category_id":"19047000","check_number":null,"counterparties":[{"confidence_level":)"
           R"("VERY_HIGH","entity_id":"O5W5j4dN9OR3E6ypQmjdkWZZRoXEzVMz2ByWM","logo_url":)"
           R"("https://plaid-merchant-logos.plaid.com/acme_paper_100.png","name":"Acme Paper",)"
           R"("type":"merchant","website":"acmepaper.example"}],"date":")" +
           day +
           R"(","datetime":null,"iso_currency_code":"USD","location":{"address":"300 Post St",)"
           R"("city":"San Francisco","country":"US","lat":40.740352,"lon":-74.001761,)"
           R"("postal_code":"94108","region":"CA","store_number":"1235"},"logo_url":)"
           R"("https://plaid-merchant-logos.plaid.com/acme_paper_100.png","merchant_entity_id":)"
           R"("O5W5j4dN9OR3E6ypQmjdkWZZRoXEzVMz2ByWM","merchant_name":"Acme Paper","name":)"
           R"("ACME PAPER SUPPLY #)" +
           std::to_string(number) +
           R"( SAN FRANCISCO CA","original_description":"ACME PAPER SUPPLY 0042 CARD 4471",)"
           R"("payment_channel":"in store","payment_meta":{"by_order_of":null,"payee":null,)"
           R"("payer":null,"payment_method":null,"payment_processor":null,"ppd_id":null,)"
           R"("reason":null,"reference_number":null},"pending":false,"pending_transaction_id":)"
           R"(null,"personal_finance_category":{"confidence_level":"VERY_HIGH","detailed":)"
           R"("GENERAL_MERCHANDISE_OFFICE_SUPPLIES","primary":"GENERAL_MERCHANDISE"},)"
           R"("personal_finance_category_icon_url":)"
           R"("https://plaid-category-icons.plaid.com/PFC_GENERAL_MERCHANDISE.png",)"
           R"("transaction_code":null,"transaction_id":")" +
           idOf(random) +
           R"(","transaction_type":"place","unofficial_currency_code":null,"website":)"
           R"("acmepaper.example"})";
}

} // namespace

std::vector<std::string> bankPages(std::size_t count, std::size_t rows)
{
    std::mt19937_64 random(11);
    std::vector<std::string> pages;
    for (std::size_t page = 0; page < count; ++page)
    {
        std::string added;
        for (std::size_t i = 0; i < rows; ++i)
            added += (i == 0 ? "" : ",") + rowText(random, page * rows + i);
        const bool more = page + 1 < count;
        pages.push_back(R"({"accounts":[],"added":[)" + added + R"(],"has_more":)" +
                        (more ? "true" : "false") + R"(,"modified":[],"next_cursor":"page-)" +
                        std::to_string(page + 1) +
                        R"(","removed":[],"request_id":"Wvhy9PZHQLV8njG",)"
                        R"("transactions_update_status":"HISTORICAL_UPDATE_COMPLETE"})");
    }
    return pages;
}

} // namespace bankfeed::bench
